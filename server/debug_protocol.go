package server

import "synap/commands"

// protocolExamples reply one value of each type of the protocol, for tests of client libraries
// (https://github.com/redis/redis-specifications/blob/master/protocol/RESP3.md).
var protocolExamples = map[string]func(w *commands.Writer){
	"string":   func(w *commands.Writer) { w.BulkString("Hello World") },
	"integer":  func(w *commands.Writer) { w.Int(12345) },
	"double":   func(w *commands.Writer) { w.Double(3.141) },
	"bignum":   func(w *commands.Writer) { w.BigNumber("1234567999999999999999999999999999999") },
	"null":     func(w *commands.Writer) { w.Null() },
	"array":    func(w *commands.Writer) { w.Array(3); exampleNumbers(w) },
	"set":      func(w *commands.Writer) { w.Set(3); exampleNumbers(w) },
	"verbatim": func(w *commands.Writer) { w.Verbatim("txt", "This is a verbatim\nstring") },
	"true":     func(w *commands.Writer) { w.Bool(true) },
	"false":    func(w *commands.Writer) { w.Bool(false) },
	"map": func(w *commands.Writer) {
		w.Map(3)
		for i := range int64(3) {
			w.Int(i)
			w.Bool(i == 1)
		}
	},
	"attrib": func(w *commands.Writer) {
		if w.Attribute(1) {
			w.BulkString("key-popularity")
			w.Array(2)
			w.BulkString("key:123")
			w.Int(90)
		}
		w.BulkString("Some real reply following the attribute")
	},
	"push": func(w *commands.Writer) {
		w.Push(2)
		w.BulkString("server-cpu-usage")
		w.Int(42)
		w.BulkString("Some real reply following the push reply")
	},
}

func exampleNumbers(w *commands.Writer) {
	for i := range int64(3) {
		w.Int(i)
	}
}

func debugProtocol(c *commands.Ctx) error {
	name := c.Arg(2)
	example := protocolExamples[name]
	switch {
	case example == nil:
		return errProtocolType
	case name == "push" && c.W.Proto != 3:
		return errPushInRESP2
	}
	example(c.W)
	return nil
}

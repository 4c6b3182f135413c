package resp

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tidwall/redcon"
)

// pipeline is what one read brings of a client that pipelines 16 commands.
func pipeline(command string, valueSize int) []byte {
	var s strings.Builder
	for i := range 16 {
		args := []string{command, fmt.Sprintf("key:%012d", i)}
		if valueSize > 0 {
			args = append(args, strings.Repeat("v", valueSize))
		}
		s.WriteString(bulks(args...))
	}
	return []byte(s.String())
}

var sink int

// BenchmarkDecoder reports the time of one command.
func BenchmarkDecoder(b *testing.B) {
	for _, c := range []struct {
		name string
		data []byte
	}{
		{"SET", pipeline("SET", 64)},
		{"SET_1000B", pipeline("SET", 1000)},
		{"GET", pipeline("GET", 0)},
		{"INLINE", []byte(strings.Repeat("PING\r\n", 16))},
	} {
		b.Run(c.name, func(b *testing.B) {
			var d Decoder
			b.ReportAllocs()
			rest := c.data
			for range b.N {
				if len(rest) == 0 {
					rest = c.data
				}
				args, n, err := d.Next(rest, open)
				if err != nil {
					b.Fatal(err)
				}
				sink += len(args)
				rest = rest[n:]
			}
		})
	}
}

// BenchmarkDecoderCut decodes a SET whose end comes with the next read.
func BenchmarkDecoderCut(b *testing.B) {
	data := pipeline("SET", 64)
	data = data[:len(data)/16]
	var d Decoder
	b.ReportAllocs()
	for range b.N {
		_, _, _ = d.Next(data[:60], open)
		if _, n, err := d.Next(data, open); err != nil || n != len(data) {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkRedconParser is the yardstick for BenchmarkDecoder/SET.
func BenchmarkRedconParser(b *testing.B) {
	data := pipeline("SET", 64)
	var args [][]byte
	b.ReportAllocs()
	rest := data
	for range b.N {
		if len(rest) == 0 {
			rest = data
		}
		_, a, _, left, err := redcon.ReadNextCommand(rest, args[:0])
		if err != nil {
			b.Fatal(err)
		}
		sink += len(a)
		args, rest = a, left
	}
}

func BenchmarkWriter(b *testing.B) {
	value := []byte(strings.Repeat("v", 64))
	for _, c := range []struct {
		name  string
		write func(w *Writer)
	}{
		{"OK", func(w *Writer) { w.OK() }},
		{"Bulk", func(w *Writer) { w.Bulk(value) }},
		{"Int", func(w *Writer) { w.Int(123456) }},
		{"Null", func(w *Writer) { w.Null() }},
		{"Double", func(w *Writer) { w.Double(3.25) }},
		{"IntegralDouble", func(w *Writer) { w.Double(1700000000) }},
		{"Hole", func(w *Writer) { h := w.ArrayHole(); w.Int(1); w.FillArray(h, 1) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := Writer{Buf: make([]byte, 0, 16<<10), Proto: 2}
			b.ReportAllocs()
			for i := range b.N {
				if i%16 == 0 {
					w.Reset(0)
				}
				c.write(&w)
			}
		})
	}
}

// BenchmarkBulk reports the time of one element of a long reply; redcon's is the yardstick.
func BenchmarkBulk(b *testing.B) {
	run := func(name string, add func(dst []byte, i int) []byte) {
		b.Run(name, func(b *testing.B) {
			dst := make([]byte, 0, 64<<10)
			b.ReportAllocs()
			for i := range b.N {
				if cap(dst)-len(dst) < 1000 {
					dst = dst[:0]
				}
				dst = add(dst, i)
			}
		})
	}
	for _, n := range []int{3, 16, 40, 200} {
		text := []byte(strings.Repeat("v", n))
		run(fmt.Sprintf("%dB", n), func(dst []byte, _ int) []byte { return AppendBulk(dst, text) })
		run(fmt.Sprintf("%dB_redcon", n), func(dst []byte, _ int) []byte { return redcon.AppendBulk(dst, text) })
	}
	run("int", func(dst []byte, i int) []byte { return AppendIntBulk(dst, int64(i&0xffff)) })
}

package commands

import (
	"fmt"
	"strings"
	"testing"
)

func TestAppend(t *testing.T) {
	scripts{
		"append": {`APPEND k ab`, ":2", `APPEND k cd`, ":4", `GET k`, "$4 abcd", `STRLEN k`, ":4", `STRLEN n`, ":0",
			`SET i 12345`, "+OK", `STRLEN i`, ":5", `APPEND i x`, ":6", `GET i`, "$6 12345x", `APPEND n ""`, ":0", `EXISTS n`, ":1"},
	}.run(t)
	t.Run("growing", func(t *testing.T) {
		f := newFixture(t)
		defer f.audit()
		var want strings.Builder
		for i := range 3000 {
			part := fmt.Sprintf("%d,", i*i)
			want.WriteString(part)
			if got := f.do(`APPEND k ` + part); got != fmt.Sprintf(":%d", want.Len()) {
				t.Fatalf("step %d: %s", i, got)
			}
			if i == 1500 {
				f.do(`EXPIRE k 100`)
			}
		}
		if got := f.do(`GET k`); got != fmt.Sprintf("$%d %s", want.Len(), want.String()) {
			t.Error("the value is not what was appended")
		}
		if got := f.do(`TTL k`); got != ":100" {
			t.Errorf("TTL is %s", got)
		}
	})
}

func TestRanges(t *testing.T) {
	scripts{
		"getrange": {
			`SET k "Hello World"`, "+OK",
			`GETRANGE k 0 4`, "$5 Hello", `GETRANGE k -5 -1`, "$5 World", `GETRANGE k 0 -1`, "$11 Hello World", `GETRANGE k 4 4`, "$1 o",
			`GETRANGE k 5 3`, "$0 ", `GETRANGE k 100 200`, "$0 ", `GETRANGE k -100 2`, "$3 Hel", `GETRANGE k -3 -5`, "$0 ",
			`GETRANGE k -100 -200`, "$0 ", `GETRANGE k 0 -200`, "$1 H", `GETRANGE k -9223372036854775808 9223372036854775807`, "$11 Hello World",
			`SUBSTR k 0 4`, "$5 Hello", `GETRANGE n 0 1`, "$0 ", `SET i 12345`, "+OK", `GETRANGE i 1 3`, "$3 234",
			`GETRANGE k x 1`, wrongNumber, `GETRANGE n 1 x`, wrongNumber, `SET e ""`, "+OK", `GETRANGE e 0 -1`, "$0 ",
		},
		"setrange": {
			`SETRANGE k 2 ab`, ":4", `GET k`, "$4 \x00\x00ab", `SETRANGE k 0 xy`, ":4", `GET k`, "$4 xyab", `SETRANGE k 3 long`, ":7",
			`GET k`, "$7 xyalong", `SETRANGE n 5 ""`, ":0", `EXISTS n`, ":0", `SETRANGE k 100 ""`, ":7",
			`SETRANGE k -1 x`, "-ERR offset is out of range", `SETRANGE k x y`, wrongNumber,
			`SET k 12345 EX 10`, "+OK", `SETRANGE k 1 x`, ":5", `GET k`, "$5 1x345", `TTL k`, ":10",
		},
	}.run(t)
}

func TestLCS(t *testing.T) {
	scripts{
		"replies": {
			`MSET a ohmytext b mynewtext n 12345`, "+OK",
			`LCS a b`, "$6 mytext", `LCS a b LEN`, ":6", `LCS a none`, "$0 ", `LCS none none LEN`, ":0", `LCS n n`, "$5 12345",
			`LCS a b IDX`, "*4 $7 matches *2 *2 *2 :4 :7 *2 :5 :8 *2 *2 :2 :3 *2 :0 :1 $3 len :6",
			`LCS a b IDX MINMATCHLEN 4`, "*4 $7 matches *1 *2 *2 :4 :7 *2 :5 :8 $3 len :6",
			`LCS a b idx minmatchlen 4 withmatchlen`, "*4 $7 matches *1 *3 *2 :4 :7 *2 :5 :8 :4 $3 len :6",
			`LCS a none IDX`, "*4 $7 matches *0 $3 len :0",
			`LCS a b MINMATCHLEN -5`, "$6 mytext", `LCS a b WITHMATCHLEN`, "$6 mytext",
			"@proto 3", `LCS a b IDX MINMATCHLEN 5`, "%2 $7 matches *0 $3 len :6",
		},
		"errors": {
			`LCS a b IDX LEN`, "-ERR If you want both the length and indexes, please just use IDX.",
			`LCS a b FOO`, syntaxError, `LCS a b MINMATCHLEN`, syntaxError, `LCS a b MINMATCHLEN x`, wrongNumber,
		},
	}.run(t)
}

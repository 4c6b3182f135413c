package main

import (
	"flag"
	"log"
	"net/http"
	_ "net/http/pprof"
	"runtime"
	"time"

	"synap/server/listener"
	"synap/server/resp"
	"synap/server/transport"
)

var data = map[string][]byte{}

type host struct{}
type sess struct {
	c transport.Conn
	d resp.Decoder
	l resp.Limits
}

func (host) Accept(c transport.Conn) transport.Session {
	return &sess{c: c, l: resp.Limits{MaxBulk: 512 << 20, MaxArgs: 1 << 20, MaxInline: 64 << 10}}
}
func (host) BeginTurn(int)                      {}
func (host) EndTurn(int)                        {}
func (host) LoopTick(int, int64)                {}
func (host) Log(level, f string, a ...any)      { log.Printf(level+" "+f, a...) }
func (s *sess) WantInput() int                  { return s.d.Need() }
func (s *sess) Tick(int64)                      {}
func (s *sess) Closed()                         {}
func (s *sess) Feed(in []byte) (int, int) {
	k, cmds := 0, 0
	o := s.c.Out()
	w := resp.Writer{Buf: o.Tail}
	for k < len(in) {
		args, n, err := s.d.Next(in[k:], &s.l)
		if err == resp.ErrIncomplete {
			break
		}
		if err != nil {
			w.Error("ERR " + err.Error())
			s.c.CloseAfterFlush()
			break
		}
		k += n
		if args == nil {
			continue
		}
		cmds++
		switch string(args[0]) {
		case "PING":
			w.Simple("PONG")
		case "SET":
			data[string(args[1])] = append(data[string(args[1])][:0], args[2]...)
			w.OK()
		case "GET":
			if v, ok := data[string(args[1])]; ok {
				w.Bulk(v)
			} else {
				w.Null()
			}
		default:
			w.Error("ERR unknown")
		}
	}
	o.Tail = w.Buf
	return k, cmds
}

func main() {
	port := flag.Int("port", 7401, "")
	loops := flag.Int("loops", 1, "")
	prof := flag.String("prof", "", "")
	flag.Parse()
	if *prof != "" {
		go http.ListenAndServe(*prof, nil)
	}
	r, err := listener.New(listener.Options{Host: host{}, Endpoints: transport.Endpoints{Bind: []string{"127.0.0.1"}, Port: *port}})
	if err != nil {
		log.Fatal(err)
	}
	r.Start()
_ = loops; _ = runtime.NumCPU
	for {
		time.Sleep(time.Hour)
	}
}

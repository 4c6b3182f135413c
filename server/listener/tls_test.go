package listener

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"synap/server/transport"
	"synap/server/transport/transporttest"
)

// serverConfig makes a TLS configuration with a certificate of its own, and the client's side of it.
func serverConfig(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	server = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	return server, &tls.Config{RootCAs: pool}
}

func TestTLS(t *testing.T) {
	serverTLS, clientTLS := serverConfig(t)
	h := transporttest.NewHost(t)
	s, err := New(Options{Host: h, TLS: serverTLS, OutputPause: 64 << 10,
		Endpoints: transport.Endpoints{Bind: []string{"127.0.0.1"}, Port: transport.AnyPort}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.Shutdown(time.Now())
	addr := s.Addrs()[0]

	mute := transporttest.Dial(t, addr) // never begins its handshake, disturbs nobody
	nc, err := tls.Dial("tcp", addr, clientTLS)
	if err != nil {
		t.Fatal(err)
	}
	c := transporttest.NewClient(t, nc)
	c.Ping()
	go c.NC.Write([]byte(strings.Repeat("FILL 300000\r\nPING\r\n", 30)))
	for range 30 {
		c.Bulk(transporttest.Pattern(300_000))
		c.Line("+PONG")
	}

	c.Send("PAUSE\r\nPING\r\n")
	paused := func() *transporttest.Session {
		for _, s := range h.Sessions() {
			if s.Paused.Load() {
				return s
			}
		}
		return nil
	}
	h.Await(func([]*transporttest.Session) bool { return paused() != nil })
	paused().Resume()
	c.Line("+PONG")

	plain := transporttest.Dial(t, addr)
	plain.Send("PING\r\n") // no handshake: closed
	_, _ = io.Copy(io.Discard, plain.NC)
	h.AwaitCount(2)

	c.Send("FILL 1000000\r\nQUIT\r\n")
	c.Bulk(transporttest.Pattern(1_000_000))
	c.Line("+OK")
	c.End()
	h.AwaitCount(1)
	mute.NC.Close()
	h.AwaitCount(0)
}

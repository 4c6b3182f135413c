package server

import (
	"testing"
	"testing/synctest"
	"time"
)

// hz is how often limits are enforced; a change takes effect when the period that has begun is over.
func TestUpkeepFollowsHZ(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := blockingFixture(t, "hz 2")
		f.srv.transport = &countingTransport{}
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			f.srv.cron(stop)
		}()
		rounds := func(d time.Duration) (n int) {
			for end := time.Now().Add(d); time.Now().Before(end); {
				f.srv.purge.Store(true) // the next upkeep takes it back
				time.Sleep(time.Millisecond)
				synctest.Wait()
				if !f.srv.purge.Load() {
					n++
				}
			}
			return n
		}
		if got := rounds(499 * time.Millisecond); got != 0 {
			t.Errorf("%d rounds in the first 499 ms with hz 2", got)
		}
		f.connect().ok("CONFIG SET hz 100")
		if got := rounds(time.Millisecond); got != 1 {
			t.Errorf("%d rounds after 500 ms with hz 2", got)
		}
		if got := rounds(time.Second); got != 100 {
			t.Errorf("%d rounds in a second with hz 100", got)
		}
		close(stop)
		<-done
	})
}

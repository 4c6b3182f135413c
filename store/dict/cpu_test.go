package dict
import ("testing";"fmt";"math/rand/v2";"runtime";"time";"golang.org/x/sys/unix";"synap/store/arena";"os")
func cpu() int64 { var ts unix.Timespec; unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID,&ts); return ts.Nano() }
func TestCPU(t *testing.T) {
	runtime.LockOSThread()
	for _, n := range []int{1_000_000, 10_000_000} {
		s := newShards()
		c0 := cpu()
		for key := range uint64(n) { s.insert(key) }
		c1 := cpu()
		fmt.Println(n, "insert", (c1-c0)/int64(n))
		rng := rand.New(rand.NewPCG(1, 2))
		pcg := rand.NewPCG(1, 2)
		const m = 2000000
		c0 = cpu(); for range m { if !s.find(rng.Uint64N(uint64(n))) { t.Fatal() } }; fmt.Println("hit", (cpu()-c0)/m)
		c0 = cpu(); for range m { if s.find(rng.Uint64()|1<<63) { t.Fatal() } }; fmt.Println("miss", (cpu()-c0)/m)
		c0 = cpu(); for range m { i := pcg.Uint64()%64; s.tables[i].Random(s.arenas[i], pcg) }; fmt.Println("random", (cpu()-c0)/m)
		var lg uint32; for i := range s.tables { lg = max(lg, s.tables[i].longest) }
		fmt.Println("longest", lg)
		s.reset()
	}
	if os.Getenv("LONG") == "" { return }
	a := arena.New(new(arena.Pool)); var tb Table
	var longest [8]int64; var lat int64; over := 0; var lw, w20 int64
	for n := range uint64(10_000_000) {
		h := mix(n)
		w0 := time.Now()
		c0 := cpu(); tb.Insert(a, h, 1); d := cpu()-c0
		if w := int64(time.Since(w0)); w > lw { lw = w } else if w > 20000 { w20++ }
		lat += d
		if d > 10000 { over++ }
		for i := range longest { if d > longest[i] { copy(longest[i+1:], longest[i:]); longest[i] = d; break } }
	}
	fmt.Println("longest cpu ns", longest, "over10us", over, "mean", lat/10000000, "wall longest", lw, "wall>20us", w20)
	a.Reset()
}

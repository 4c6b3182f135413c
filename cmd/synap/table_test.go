package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestParseBenchmark(t *testing.T) {
	const head = `"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms","max_latency_ms"` + "\n"
	for name, tc := range map[string]struct {
		out  string
		want measurement
		err  string
	}{
		"one test": {head + `"SET","476190.47","1.269","0.320","1.103","2.319","3.135","3.303"` + "\n",
			measurement{RPS: 476190.47, P99: 3.135}, ""},
		"the last test counts": {head + `"SET","1","1","1","1","1","1","1"` + "\n" +
			`"MSET (10 keys)","238095.23","3.021","0.560","3.119","4.391","5.255","6.143"` + "\n",
			measurement{RPS: 238095.23, P99: 5.255}, ""},
		"columns are found by name": {`"test","p99_latency_ms","rps"` + "\n" + `"GET","2","3"`, measurement{RPS: 3, P99: 2}, ""},
		"talk before the table":     {"WARNING: something\n" + head + `"GET","9","1","1","1","1","2","1"`, measurement{RPS: 9, P99: 2}, ""},
		"nothing":                   {"", measurement{}, "no result"},
		"no line of results":        {head, measurement{}, "no result"},
		"a short line":              {head + `"GET","9"`, measurement{RPS: 9}, "no p99_latency_ms"},
		"no number":                 {head + `"GET","fast","1","1","1","1","2","1"`, measurement{}, "fast"},
		"not a number":              {head + `"GET","nan","1","1","1","1","2","1"`, measurement{}, "nan"},
		"an older format":           {`"GET","9"`, measurement{}, "no result"},
		"broken quotes":             {head + `"GET,9`, measurement{}, "redis-benchmark"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := parseBenchmark([]byte(tc.out))
			if tc.err == "" && (err != nil || got != tc.want) {
				t.Errorf("got %+v, %v; want %+v", got, err, tc.want)
			}
			if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
				t.Errorf("got error %v, want one with %q", err, tc.err)
			}
		})
	}
}

func TestMedian(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{5}, 5}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 5}, 5}, {[]float64{4, 1, 3, 2}, 2.5},
		{[]float64{2, 2, 100}, 2},
	} {
		before := append([]float64(nil), tc.values...)
		if got := median(tc.values); got != tc.want {
			t.Errorf("median of %v is %v, want %v", tc.values, got, tc.want)
		}
		for i := range before {
			if tc.values[i] != before[i] {
				t.Errorf("the values were sorted in place: %v", tc.values)
			}
		}
	}
	got := medians([]measurement{{1, 30, 200}, {2, 10, 300}, {3, 20, 100}})
	if want := (measurement{2, 20, 200}); got != want {
		t.Errorf("medians are %+v, want %+v", got, want)
	}
}

func TestRatio(t *testing.T) {
	for _, tc := range []struct{ ours, peer, want float64 }{
		{3, 2, 1.5}, {1, 4, 0.25}, {1, 0, 0}, {0, 1, 0}, {-1, 2, 0}, {0, 0, 0},
	} {
		if got := ratio(tc.ours, tc.peer); got != tc.want {
			t.Errorf("%v/%v is %v, want %v", tc.ours, tc.peer, got, tc.want)
		}
	}
	for _, tc := range []struct {
		ratios []float64
		want   float64
	}{
		{nil, 0}, {[]float64{0}, 0}, {[]float64{2, 0.5}, 1}, {[]float64{4, 0, 1}, 2},
	} {
		if got := geometricMean(tc.ratios); math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("mean of %v is %v, want %v", tc.ratios, got, tc.want)
		}
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	tab := table{w: &out, servers: [2]string{"synap-server", "redis-server"}}
	rows := []speedRow{
		newSpeedRow("GET P1", measurement{200000, 0.5, 1}, measurement{100000, 1, 4}),
		newSpeedRow("SET P1", measurement{50000, 2, 0}, measurement{100000, 1, 4}),
	}
	tab.speedHeader()
	for _, r := range rows {
		tab.speed(r)
	}
	tab.summary(rows)
	tab.memoryHeader()
	tab.memory(newMemoryRow(integers, 30, 60))
	if tab.err != nil {
		t.Fatal(tab.err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := map[int][]string{
		4: {"GET", "P1", "200000", "100000", "x2.00", "0.500", "1.000", "x0.50", "1.000", "4.000", "x0.25"},
		5: {"SET", "P1", "50000", "100000", "x0.50", "2.000", "1.000", "x2.00", "0.000", "4.000", "-"},
		6: {"mean", "x1.00", "x1.00", "x0.25"},
		9: {"k<i>,", "integer", "1000000", "30.0", "60.0", "x0.50"},
	}
	for i, fields := range want {
		if i >= len(lines) || strings.Join(strings.Fields(lines[i]), " ") != strings.Join(fields, " ") {
			t.Errorf("line %d is not %q:\n%s", i, fields, out.String())
		}
	}
	for _, i := range []int{4, 5, 6} {
		if len(lines[i]) != len(lines[3])-2 {
			t.Errorf("line %d does not line up with its head:\n%s", i, out.String())
		}
	}
}

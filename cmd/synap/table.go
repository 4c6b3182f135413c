package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
)

// measurement is one run of a workload, or the medians of several.
type measurement struct {
	RPS float64 `json:"rps"`       // requests per second
	P99 float64 `json:"p99_ms"`    // milliseconds
	CPU float64 `json:"cpu_us_op"` // server's processor time per request, microseconds
}

// parseBenchmark reads what redis-benchmark --csv prints: a line of column names, then a line per test. The last test counts.
func parseBenchmark(out []byte) (m measurement, err error) {
	r := csv.NewReader(bytes.NewReader(out))
	r.FieldsPerRecord = -1
	lines, err := r.ReadAll()
	if err != nil {
		return m, fmt.Errorf("redis-benchmark: %w", err)
	}
	head := slices.IndexFunc(lines, func(fields []string) bool { return fields[0] == "test" })
	if head < 0 || head == len(lines)-1 {
		return m, errors.New("redis-benchmark printed no result")
	}
	last := lines[len(lines)-1]
	column := func(name string) (x float64) {
		i := slices.Index(lines[head], name)
		if err != nil {
			return 0
		}
		if i < 0 || i >= len(last) {
			err = fmt.Errorf("redis-benchmark printed no %s", name)
			return 0
		}
		if x, err = strconv.ParseFloat(last[i], 64); err == nil && (math.IsNaN(x) || math.IsInf(x, 0) || x < 0) {
			err = fmt.Errorf("redis-benchmark printed %s for %s", last[i], name)
		}
		return x
	}
	m.RPS, m.P99 = column("rps"), column("p99_latency_ms")
	return m, err
}

// medians is the median of each figure by itself.
func medians(runs []measurement) measurement {
	of := func(figure func(measurement) float64) float64 {
		all := make([]float64, len(runs))
		for i, m := range runs {
			all[i] = figure(m)
		}
		return median(all)
	}
	return measurement{
		RPS: of(func(m measurement) float64 { return m.RPS }),
		P99: of(func(m measurement) float64 { return m.P99 }),
		CPU: of(func(m measurement) float64 { return m.CPU }),
	}
}

// median is the middle of the values, or the mean of the two in the middle. There is at least one.
func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n%2 == 1 {
		return v[n/2]
	}
	return (v[n/2-1] + v[n/2]) / 2
}

// ratio is ours/peer, or 0 if that says nothing.
func ratio(ours, peer float64) float64 {
	if ours <= 0 || peer <= 0 {
		return 0
	}
	return ours / peer
}

// geometricMean is the mean of those ratios that say something, or 0 if none does.
func geometricMean(ratios []float64) float64 {
	sum, n := 0.0, 0
	for _, x := range ratios {
		if x > 0 {
			sum += math.Log(x)
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return math.Exp(sum / float64(n))
}

// speedRow is one workload's result.
type speedRow struct {
	Workload string      `json:"workload"`
	Ours     measurement `json:"ours"`
	Peer     measurement `json:"peer"`
	Ratio    measurement `json:"ratio"` // ours/peer; 0: unknown
}

func newSpeedRow(name string, ours, peer measurement) speedRow {
	return speedRow{name, ours, peer,
		measurement{ratio(ours.RPS, peer.RPS), ratio(ours.P99, peer.P99), ratio(ours.CPU, peer.CPU)}}
}

// memoryRow is one shape's result.
type memoryRow struct {
	Shape    string  `json:"shape"`
	Elements int     `json:"elements"`
	Ours     float64 `json:"ours_bytes_per_element"`
	Peer     float64 `json:"peer_bytes_per_element"`
	Ratio    float64 `json:"ratio"` // ours/peer; 0: unknown
}

func newMemoryRow(sh shape, ours, peer float64) memoryRow {
	return memoryRow{sh.name, sh.elements, ours, peer, ratio(ours, peer)}
}

// table prints rows as they come. The first error sticks.
type table struct {
	w       io.Writer
	servers [2]string
	silent  bool
	err     error
}

func (t *table) printf(format string, args ...any) {
	if !t.silent && t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// times shows a ratio.
func times(x float64) string {
	if x == 0 {
		return "-"
	}
	return fmt.Sprintf("x%.2f", x)
}

func (t *table) speedHeader() {
	t.printf("ours: %s, peer: %s; medians; ratios are ours/peer\n\n", t.servers[0], t.servers[1])
	t.printf("%-18s %27s   %27s   %27s\n", "", "requests/s (more is better)", "p99 ms (less is better)",
		"CPU us/op (less is better)")
	t.printf("%-18s", "workload")
	for range 3 {
		t.printf(" %10s %9s %6s  ", "ours", "peer", "ratio")
	}
	t.printf("\n")
}

func (t *table) speed(r speedRow) {
	t.printf("%-18s %10.0f %9.0f %6s   %10.3f %9.3f %6s   %10.3f %9.3f %6s\n", r.Workload,
		r.Ours.RPS, r.Peer.RPS, times(r.Ratio.RPS), r.Ours.P99, r.Peer.P99, times(r.Ratio.P99),
		r.Ours.CPU, r.Peer.CPU, times(r.Ratio.CPU))
}

// summary prints the geometric means of the ratios.
func (t *table) summary(rows []speedRow) {
	if len(rows) == 0 {
		return
	}
	mean := func(figure func(measurement) float64) string {
		var all []float64
		for _, r := range rows {
			all = append(all, figure(r.Ratio))
		}
		return times(geometricMean(all))
	}
	t.printf("%-18s %27s   %27s   %27s\n", "mean", mean(func(m measurement) float64 { return m.RPS }),
		mean(func(m measurement) float64 { return m.P99 }), mean(func(m measurement) float64 { return m.CPU }))
}

func (t *table) memoryHeader() {
	t.printf("\n%-28s %9s %10s %9s %6s\n", "resident bytes per element", "elements", "ours", "peer", "ratio")
}

func (t *table) memory(r memoryRow) {
	t.printf("%-28s %9d %10.1f %9.1f %6s\n", r.Shape, r.Elements, r.Ours, r.Peer, times(r.Ratio))
}

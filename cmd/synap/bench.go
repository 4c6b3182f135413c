package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/urfave/cli/v2"
)

func benchCommand() *cli.Command {
	return &cli.Command{
		Name:      "bench",
		Usage:     "compare speed and memory with another server, side by side",
		ArgsUsage: " ",
		Description: "Starts both servers on free loopback ports and drives them in turn with redis-benchmark.\n" +
			"Needs Linux, redis-benchmark and the peer.\n\n" +
			"In the names of workloads, P16 means 16 requests per pipeline, c1 one client instead of 50, \"hot\" that all\n" +
			"requests meet in one key, and 100k that one client asks for work on keys of 100,000 elements. The full set\n" +
			"adds the most used commands on lists, sets, hashes, sorted sets and streams, PUBLISH to ten subscribers,\n" +
			"and the memory of collections.",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "server", Value: "./bin/synap-server", Usage: "the `program` to measure"},
			&cli.StringFlag{Name: "peer", Value: "redis-server", Usage: "the `program` to compare it with"},
			&cli.IntFlag{Name: "rounds", Value: 3, Usage: "how often to run each workload; the median counts"},
			&cli.StringFlag{Name: "set", Value: "quick", Usage: "which workloads: quick or full"},
			&cli.StringFlag{Name: "only", Usage: "only what has this `word` in its name"},
			&cli.BoolFlag{Name: "json", Usage: "print JSON instead of tables"},
		},
		OnUsageError: usageError,
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return fmt.Errorf("bench takes no arguments: %q", c.Args().First())
			}
			b, err := newBench(c)
			if err != nil {
				return err
			}
			return b.run(c.Context)
		},
	}
}

// bench is one run of the comparison.
type bench struct {
	programs  [2]program // ours, peer
	benchmark string     // path of redis-benchmark
	rounds    int
	workloads []workload
	shapes    []shape
	json      bool
	out       io.Writer
}

// program is a server's executable.
type program struct{ name, path string }

// newBench checks the flags and finds the programs.
func newBench(c *cli.Context) (*bench, error) {
	b := &bench{rounds: c.Int("rounds"), json: c.Bool("json"), out: c.App.Writer}
	if b.rounds < 1 {
		return nil, errors.New("--rounds must be at least 1")
	}
	var err error
	if b.workloads, b.shapes, err = choose(c.String("set"), c.String("only")); err != nil {
		return nil, err
	}
	if b.programs[0], err = find("--server", c.String("server"), "make build builds it"); err != nil {
		return nil, err
	}
	if b.programs[1], err = find("--peer", c.String("peer"), "Debian has it in the package redis-server"); err != nil {
		return nil, err
	}
	if b.programs[0].name == b.programs[1].name {
		b.programs[0].name, b.programs[1].name = "server", "peer"
	}
	load, err := find("the load generator", "redis-benchmark", "Debian has it in the package redis-tools")
	b.benchmark = load.path
	return b, err
}

func find(role, name, hint string) (program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return program{}, fmt.Errorf("%s: %w (%s)", role, err, hint)
	}
	if path, err = filepath.Abs(path); err != nil {
		return program{}, err
	}
	return program{filepath.Base(path), path}, nil
}

// report is all that was measured.
type report struct {
	Servers   [2]string   `json:"servers"`
	Rounds    int         `json:"rounds"`
	Workloads []speedRow  `json:"workloads"`
	Memory    []memoryRow `json:"memory"`
}

func (b *bench) run(ctx context.Context) error {
	r := report{Servers: [2]string{b.programs[0].name, b.programs[1].name}, Rounds: b.rounds}
	t := table{w: b.out, servers: r.Servers, silent: b.json}
	if err := b.speed(ctx, &r, &t); err != nil {
		return err
	}
	t.summary(r.Workloads)
	if err := b.memory(ctx, &r, &t); err != nil {
		return err
	}
	if !b.json {
		return t.err
	}
	enc := json.NewEncoder(b.out)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// speed runs the workloads on one pair of servers.
func (b *bench) speed(ctx context.Context, r *report, t *table) error {
	if len(b.workloads) == 0 {
		return nil
	}
	var servers [2]*process
	for i, p := range b.programs {
		s, err := start(ctx, p)
		if err != nil {
			return err
		}
		defer s.stop()
		servers[i] = s
	}
	t.speedHeader()
	for _, w := range b.workloads {
		row, err := b.compare(ctx, w, servers)
		if err != nil {
			return err
		}
		r.Workloads = append(r.Workloads, row)
		t.speed(row)
	}
	return nil
}

// compare runs one workload on both servers, in turn.
func (b *bench) compare(ctx context.Context, w workload, servers [2]*process) (speedRow, error) {
	var runs [2][]measurement
	for round := range b.rounds {
		if round == 0 || w.traits&anew != 0 {
			if err := prepare(ctx, w, servers); err != nil {
				return speedRow{}, err
			}
		}
		for i, s := range servers {
			m, err := b.drive(ctx, w, s)
			if err != nil {
				return speedRow{}, fmt.Errorf("%s: %s: %w", s.name, w.name, err)
			}
			runs[i] = append(runs[i], m)
		}
	}
	return newSpeedRow(w.name, medians(runs[0]), medians(runs[1])), nil
}

// prepare gives both servers the database that a workload starts on.
func prepare(ctx context.Context, w workload, servers [2]*process) error {
	for _, s := range servers {
		if err := s.fill(ctx, w.fill); err != nil {
			return fmt.Errorf("%s: preparing %s: %w", s.name, w.name, err)
		}
	}
	return nil
}

// drive runs redis-benchmark once and notes what it cost the server, including what subscribers hear of it.
func (b *bench) drive(ctx context.Context, w workload, s *process) (measurement, error) {
	before, err := s.cpu()
	if err != nil {
		return measurement{}, err
	}
	audience, err := s.subscribe(ctx, w.audience())
	if err != nil {
		return measurement{}, err
	}
	out, err := b.generate(ctx, w, s)
	if err = errors.Join(err, audience.leave()); err != nil {
		return measurement{}, err
	}
	after, err := s.cpu()
	if err != nil {
		return measurement{}, err
	}
	m, err := parseBenchmark(out)
	m.CPU = float64(after-before) / float64(time.Microsecond) / float64(w.requests)
	return m, err
}

// generate returns what redis-benchmark printed. It ends with the server, which redis-benchmark by itself would not.
func (b *bench) generate(ctx context.Context, w workload, s *process) ([]byte, error) {
	ctx, cancel := s.context(ctx)
	defer cancel(nil)
	out, err := exec.CommandContext(ctx, b.benchmark, w.arguments(s.port)...).Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("redis-benchmark: %w%s", err, complaint(err))
	}
	return out, nil
}

// complaint is what a failed program said.
func complaint(err error) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		return "\n" + string(exit.Stderr)
	}
	return ""
}

// settleTime is how long servers may take to give memory back after a load.
const settleTime = 3 * time.Second

// memory measures the resident memory per element of each shape, on fresh servers.
func (b *bench) memory(ctx context.Context, r *report, t *table) error {
	if len(b.shapes) > 0 {
		t.memoryHeader()
	}
	for _, sh := range b.shapes {
		var perElement [2]float64
		for i, p := range b.programs {
			n, err := weigh(ctx, p, sh)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", p.name, sh.name, err)
			}
			perElement[i] = n
		}
		row := newMemoryRow(sh, perElement[0], perElement[1])
		r.Memory = append(r.Memory, row)
		t.memory(row)
	}
	return nil
}

// weigh returns the bytes of resident memory that a server takes per element of a shape.
func weigh(ctx context.Context, p program, sh shape) (float64, error) {
	s, err := start(ctx, p)
	if err != nil {
		return 0, err
	}
	defer s.stop()
	before, err := s.resident()
	if err != nil {
		return 0, err
	}
	if err := s.fill(ctx, []shape{sh}); err != nil {
		return 0, err
	}
	select {
	case <-time.After(settleTime):
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	after, err := s.resident()
	return float64(after-before) / float64(sh.elements), err
}

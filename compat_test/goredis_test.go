package compat

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// TestGoRedis drives the subject with the client most Go programs use, over both
// protocols.
func TestGoRedis(t *testing.T) {
	s := startSubject(t)
	for _, proto := range []int{2, 3} {
		client := redis.NewClient(&redis.Options{Addr: s.addr(), Protocol: proto, ClientName: "compat", DB: proto})
		defer client.Close()
		for _, tt := range []struct {
			name string
			run  func(*testing.T, context.Context, *redis.Client)
		}{
			{"handshake", goRedisHandshake},
			{"strings", goRedisStrings},
			{"bitmaps", goRedisBitmaps},
			{"expiry", goRedisExpiry},
			{"pipeline", goRedisPipeline},
			{"transaction", goRedisTransaction},
			{"watch", goRedisWatch},
			{"scan", goRedisScan},
			{"errors", goRedisErrors},
			{"introspection", goRedisIntrospection},
			{"concurrency", goRedisConcurrency},
		} {
			t.Run(fmt.Sprintf("resp%d/%s", proto, tt.name), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				if err := client.FlushAll(ctx).Err(); err != nil {
					t.Fatal(err)
				}
				tt.run(t, ctx, client)
			})
		}
	}
}

// want fails the test unless a command gave the value and no error.
func want[T comparable](t *testing.T, what string, wanted T) func(T, error) {
	t.Helper()
	return func(got T, err error) {
		t.Helper()
		if err != nil || got != wanted {
			t.Errorf("%s = %v, %v; want %v", what, got, err, wanted)
		}
	}
}

func goRedisHandshake(t *testing.T, ctx context.Context, c *redis.Client) {
	want(t, "CLIENT GETNAME", "compat")(c.ClientGetName(ctx).Result())
	info, err := c.ClientInfo(ctx).Result()
	if err != nil {
		t.Fatal(err)
	}
	if info.DB != c.Options().DB || info.Resp != c.Options().Protocol || info.Name != "compat" {
		t.Errorf("CLIENT INFO says db %d, resp %d, name %s", info.DB, info.Resp, info.Name)
	}
	if !selfMode && (info.LibName == "" || info.LibVer == "") {
		t.Errorf("CLIENT SETINFO left no trace: %+v", info)
	}
	hello, err := c.Do(ctx, "HELLO").Result()
	if err != nil {
		t.Fatal(err)
	}
	if c.Options().Protocol == 3 {
		m, ok := hello.(map[any]any)
		if !ok || m["proto"] != int64(3) || m["server"] != "redis" {
			t.Errorf("HELLO answered %v", hello)
		}
	} else if flat, ok := hello.([]any); !ok || len(flat) != 14 {
		t.Errorf("HELLO answered %v", hello)
	}
}

func goRedisStrings(t *testing.T, ctx context.Context, c *redis.Client) {
	want(t, "SET", "OK")(c.Set(ctx, "k", "v", 0).Result())
	want(t, "GET", "v")(c.Get(ctx, "k").Result())
	if _, err := c.Get(ctx, "nokey").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("GET of no key: %v", err)
	}
	want(t, "SETNX", false)(c.SetNX(ctx, "k", "w", 0).Result())
	want(t, "SETNX with expiry", true)(c.SetNX(ctx, "n", "w", time.Hour).Result())
	want(t, "SET GET", "v")(c.SetArgs(ctx, "k", "x", redis.SetArgs{Get: true, KeepTTL: true}).Result())
	want(t, "APPEND", int64(4))(c.Append(ctx, "k", "yz!").Result())
	want(t, "GETRANGE", "yz")(c.GetRange(ctx, "k", 1, 2).Result())
	want(t, "SETRANGE", int64(4))(c.SetRange(ctx, "k", 0, "X").Result())
	want(t, "STRLEN", int64(4))(c.StrLen(ctx, "k").Result())
	want(t, "INCR", int64(1))(c.Incr(ctx, "i").Result())
	want(t, "INCRBY", int64(11))(c.IncrBy(ctx, "i", 10).Result())
	want(t, "DECRBY", int64(6))(c.DecrBy(ctx, "i", 5).Result())
	want(t, "INCRBYFLOAT", 6.5)(c.IncrByFloat(ctx, "i", 0.5).Result())
	want(t, "MSET", "OK")(c.MSet(ctx, map[string]any{"a": 1, "b": 2}).Result())
	want(t, "MSETNX", false)(c.MSetNX(ctx, "b", 3, "c", 4).Result())
	values, err := c.MGet(ctx, "a", "nokey", "b").Result()
	if err != nil || !slices.Equal(values, []any{"1", nil, "2"}) {
		t.Errorf("MGET = %v, %v", values, err)
	}
	want(t, "GETDEL", "1")(c.GetDel(ctx, "a").Result())
	want(t, "EXISTS", int64(1))(c.Exists(ctx, "a", "b").Result())
	want(t, "DEL", int64(1))(c.Del(ctx, "a", "b").Result())
	binary := "\x00\r\n\xff"
	want(t, "SET binary", "OK")(c.Set(ctx, binary, binary, 0).Result())
	want(t, "GET binary", binary)(c.Get(ctx, binary).Result())
	c.MSet(ctx, "l1", "ohmytext", "l2", "mynewtext")
	lcs, err := c.LCS(ctx, &redis.LCSQuery{Key1: "l1", Key2: "l2", Idx: true, WithMatchLen: true}).Result()
	if err != nil || lcs.Len != 6 || len(lcs.Matches) != 2 || lcs.Matches[0].MatchLen != 4 {
		t.Errorf("LCS = %+v, %v", lcs, err)
	}
}

func goRedisBitmaps(t *testing.T, ctx context.Context, c *redis.Client) {
	want(t, "SETBIT", int64(0))(c.SetBit(ctx, "b", 7, 1).Result())
	want(t, "GETBIT", int64(1))(c.GetBit(ctx, "b", 7).Result())
	want(t, "BITCOUNT", int64(1))(c.BitCount(ctx, "b", nil).Result())
	want(t, "BITPOS", int64(7))(c.BitPos(ctx, "b", 1).Result())
	want(t, "BITOP NOT", int64(1))(c.BitOpNot(ctx, "d", "b").Result())
	got, err := c.BitField(ctx, "f", "INCRBY", "i5", 100, 1, "GET", "u4", 0).Result()
	if err != nil || !slices.Equal(got, []int64{1, 0}) {
		t.Errorf("BITFIELD = %v, %v", got, err)
	}
}

func goRedisExpiry(t *testing.T, ctx context.Context, c *redis.Client) {
	c.Set(ctx, "k", "v", time.Hour)
	ttl, err := c.TTL(ctx, "k").Result()
	if err != nil || ttl <= 50*time.Minute || ttl > time.Hour {
		t.Errorf("TTL = %v, %v", ttl, err)
	}
	want(t, "EXPIRE", true)(c.Expire(ctx, "k", 2*time.Hour).Result())
	want(t, "EXPIRE LT", true)(c.ExpireLT(ctx, "k", time.Hour).Result())
	want(t, "EXPIRE NX", false)(c.ExpireNX(ctx, "k", time.Hour).Result())
	want(t, "PERSIST", true)(c.Persist(ctx, "k").Result())
	want(t, "TTL without expiry", time.Duration(-1))(c.TTL(ctx, "k").Result())
	want(t, "TTL without key", time.Duration(-2))(c.TTL(ctx, "nokey").Result())
	at := time.Now().Add(time.Hour).Truncate(time.Second)
	want(t, "EXPIREAT", true)(c.ExpireAt(ctx, "k", at).Result())
	want(t, "EXPIRETIME", time.Duration(at.Unix())*time.Second)(c.ExpireTime(ctx, "k").Result())
	want(t, "GETEX", "v")(c.GetEx(ctx, "k", time.Minute).Result())
	want(t, "PEXPIRE into the past", true)(c.PExpire(ctx, "k", -time.Second).Result())
	want(t, "EXISTS", int64(0))(c.Exists(ctx, "k").Result())
}

func goRedisPipeline(t *testing.T, ctx context.Context, c *redis.Client) {
	const n = 1000
	replies, err := c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i := range n {
			p.Set(ctx, "p"+strconv.Itoa(i), i, 0)
			p.Get(ctx, "p"+strconv.Itoa(i))
		}
		return nil
	})
	if err != nil || len(replies) != 2*n {
		t.Fatalf("%d replies, %v", len(replies), err)
	}
	for i := range n {
		if got := replies[2*i+1].(*redis.StringCmd).Val(); got != strconv.Itoa(i) {
			t.Fatalf("reply %d is %q", i, got)
		}
	}
	want(t, "DBSIZE", int64(n))(c.DBSize(ctx).Result())
}

func goRedisTransaction(t *testing.T, ctx context.Context, c *redis.Client) {
	var incr *redis.IntCmd
	var get *redis.StringCmd
	_, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "t", 41, 0)
		incr = p.Incr(ctx, "t")
		get = p.Get(ctx, "t")
		return nil
	})
	if err != nil || incr.Val() != 42 || get.Val() != "42" {
		t.Errorf("transaction: %d, %q, %v", incr.Val(), get.Val(), err)
	}
	replies, err := c.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.Set(ctx, "t", "text", 0)
		p.Incr(ctx, "t")
		p.Get(ctx, "t")
		return nil
	})
	if err == nil || len(replies) != 3 || replies[1].Err() == nil || replies[2].(*redis.StringCmd).Val() != "text" {
		t.Errorf("a failing command inside: %v, %v", replies, err)
	}
}

func goRedisWatch(t *testing.T, ctx context.Context, c *redis.Client) {
	// Optimistic counters: every increment must survive the others.
	const workers, each = 4, 25
	increment := func(tx *redis.Tx) error {
		n, err := tx.Get(ctx, "w").Int()
		if err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "w", n+1, 0)
			return nil
		})
		return err
	}
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for done := 0; done < each; {
				switch err := c.Watch(ctx, increment, "w"); {
				case err == nil:
					done++
				case !errors.Is(err, redis.TxFailedErr):
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	want(t, "the counter", strconv.Itoa(workers*each))(c.Get(ctx, "w").Result())
	err := c.Watch(ctx, func(tx *redis.Tx) error {
		c.Set(ctx, "w", "changed", 0)
		_, err := tx.TxPipelined(ctx, func(p redis.Pipeliner) error {
			p.Set(ctx, "w", "lost", 0)
			return nil
		})
		return err
	}, "w")
	if !errors.Is(err, redis.TxFailedErr) {
		t.Errorf("EXEC after a change: %v", err)
	}
	want(t, "the changed key", "changed")(c.Get(ctx, "w").Result())
}

func goRedisScan(t *testing.T, ctx context.Context, c *redis.Client) {
	wanted := make(map[string]bool)
	for i := range 500 {
		k := "scan:" + strconv.Itoa(i)
		wanted[k] = true
		c.Set(ctx, k, i, 0)
		c.Set(ctx, "other:"+strconv.Itoa(i), i, 0)
	}
	found := make(map[string]bool)
	it := c.Scan(ctx, 0, "scan:*", 17).Iterator()
	for it.Next(ctx) {
		found[it.Val()] = true
	}
	if it.Err() != nil || !maps.Equal(found, wanted) {
		t.Errorf("the iterator found %d of %d keys, %v", len(found), len(wanted), it.Err())
	}
	keys, _, err := c.ScanType(ctx, 0, "*", 10_000, "list").Result()
	if err != nil || len(keys) != 0 {
		t.Errorf("SCAN TYPE list = %v, %v", keys, err)
	}
	all, err := c.Keys(ctx, "scan:1?").Result()
	if err != nil || len(all) != 10 {
		t.Errorf("KEYS = %v, %v", all, err)
	}
}

func goRedisErrors(t *testing.T, ctx context.Context, c *redis.Client) {
	c.Set(ctx, "text", "abc", 0)
	for _, tt := range []struct {
		args []any
		text string
	}{
		{[]any{"NOSUCH", "a"}, "ERR unknown command 'NOSUCH', with args beginning with: 'a' "},
		{[]any{"CLIENT", "MAINT_NOTIFICATIONS"}, "ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP."},
		{[]any{"GET"}, "ERR wrong number of arguments for 'get' command"},
		{[]any{"INCR", "text"}, "ERR value is not an integer or out of range"},
		{[]any{"SET", "a", "b", "FOO"}, "ERR syntax error"},
		{[]any{"SELECT", "99"}, "ERR DB index is out of range"},
	} {
		if err := c.Do(ctx, tt.args...).Err(); err == nil || err.Error() != tt.text {
			t.Errorf("%v: %v, want %s", tt.args, err, tt.text)
		}
	}
}

func goRedisIntrospection(t *testing.T, ctx context.Context, c *redis.Client) {
	commands, err := c.Command(ctx).Result()
	if err != nil || commands["get"] == nil || commands["get"].FirstKeyPos != 1 || !commands["get"].ReadOnly {
		t.Errorf("COMMAND: get is %+v, %v", commands["get"], err)
	}
	config, err := c.ConfigGet(ctx, "maxmemory*").Result()
	if err != nil || config["maxmemory"] != "0" {
		t.Errorf("CONFIG GET = %v, %v", config, err)
	}
	info, err := c.InfoMap(ctx, "server").Result()
	if err != nil || info["Server"]["redis_version"] == "" {
		t.Errorf("INFO server = %v, %v", info, err)
	}
	if _, err := c.Time(ctx).Result(); err != nil {
		t.Errorf("TIME: %v", err)
	}
	if _, err := c.SlowLogGet(ctx, 5).Result(); err != nil {
		t.Errorf("SLOWLOG GET: %v", err)
	}
	want(t, "OBJECT ENCODING", "int")(func() (string, error) {
		c.Set(ctx, "n", 12, 0)
		return c.ObjectEncoding(ctx, "n").Result()
	}())
	if n, err := c.MemoryUsage(ctx, "n").Result(); err != nil || n <= 0 {
		t.Errorf("MEMORY USAGE = %d, %v", n, err)
	}
}

func goRedisConcurrency(t *testing.T, ctx context.Context, c *redis.Client) {
	const workers, each = 16, 200
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if err := c.Incr(ctx, "shared").Err(); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	want(t, "the counter", strconv.Itoa(workers*each))(c.Get(ctx, "shared").Result())
}

func TestGoRedisAuth(t *testing.T) {
	s := startSubject(t, "--requirepass", "secret")
	for _, proto := range []int{2, 3} {
		for _, tt := range []struct {
			user, password string
			ok             bool
		}{
			{"", "secret", true},
			{"default", "secret", true},
			{"", "wrong", false},
			{"nosuch", "secret", false},
			{"", "", false},
		} {
			t.Run(fmt.Sprintf("resp%d/%q:%q", proto, tt.user, tt.password), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				c := redis.NewClient(&redis.Options{
					Addr: s.addr(), Protocol: proto, Username: tt.user, Password: tt.password, MaxRetries: -1,
				})
				defer c.Close()
				if err := c.Ping(ctx).Err(); (err == nil) != tt.ok {
					t.Errorf("PING: %v", err)
				}
			})
		}
	}
}

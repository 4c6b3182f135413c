package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layers is the import policy: a package may import packages of lower layers, and leaves of its own. A package belongs
// to the entry with the longest matching prefix.
var layers = []struct {
	prefix string
	layer  int
	why    string
}{
	{"synap/store/", 0, "data structures know nothing of the keyspace"},
	{"synap/commands/", 0, "algorithms of commands know nothing of clients or the keyspace"},
	{"synap/server/", 0, "the server's tools know nothing of the server"},
	{"synap/store", 1, "the keyspace knows nothing of commands or files"},
	{"synap/queue", 1, "queues are pure logic"},
	{"synap/persist", 1, "persistence moves opaque bytes"},
	{"synap/commands", 2, "commands work on the store and never see the server"},
	{"synap/server", 3, "the server joins everything"},
	{"synap/cmd", 4, "programs start a server"},
	{"synap/compat_test", 4, "compatibility tests run programs"},
}

func layerOf(pkg string) (layer int, prefix string) {
	for _, l := range layers {
		exact := pkg == l.prefix || strings.HasPrefix(pkg, strings.TrimSuffix(l.prefix, "/")+"/")
		if strings.HasSuffix(l.prefix, "/") {
			exact = strings.HasPrefix(pkg, l.prefix)
		}
		if exact && len(l.prefix) > len(prefix) {
			layer, prefix = l.layer, l.prefix
		}
	}
	return layer, prefix
}

// TestImportsPointOneWay reads the imports of every file and checks them against the policy.
func TestImportsPointOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		rel, _ := filepath.Rel(root, file)
		pkg := path.Join("synap", filepath.ToSlash(filepath.Dir(rel)))
		seen++
		checkImports(t, file, pkg)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("only %d files were found: the policy was not checked", seen)
	}
}

func checkImports(t *testing.T, file, pkg string) {
	t.Helper()
	from, prefix := layerOf(pkg)
	if prefix == "" {
		t.Errorf("%s: package %s has no layer", file, pkg)
		return
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Error(err)
		return
	}
	for _, spec := range parsed.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if !strings.HasPrefix(imported, "synap/") {
			continue
		}
		to, toPrefix := layerOf(imported)
		switch {
		case to < from, to == 0 && from == 0 && toPrefix == prefix:
		default:
			t.Errorf("%s: %s must not import %s: %s", file, pkg, imported, why(prefix))
		}
	}
}

func why(prefix string) string {
	for _, l := range layers {
		if l.prefix == prefix {
			return l.why
		}
	}
	return ""
}

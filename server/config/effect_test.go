package config

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// effectElsewhere names the effective directives whose field the server need not read, and why.
var effectElsewhere = map[string]string{
	"enable-protected-configs":          "CONFIG SET asks it itself",
	"latency-tracking-info-percentiles": "what INFO shows is its effect",
}

// reports are the files that only show settings: a field that is read nowhere else changes nothing.
var reports = []string{"info.go"}

// A directive is effective if and only if the server does something with its field. The fields come from the table
// itself, their uses from the source of the server: what is read of cfg, v or Values.
func TestClassesAreHonest(t *testing.T) {
	used := fieldsUsed(t)
	if len(used) < 30 {
		t.Fatalf("only %d fields are used: the source was not understood", len(used))
	}
	for i := range table {
		d := &table[i]
		if d.kind == nil || d.Class == Refused {
			continue
		}
		fields := fieldsOf(d)
		if len(fields) == 0 {
			t.Errorf("%s sets no field", d.Name)
		}
		uses := slices.ContainsFunc(fields, func(f string) bool { return used[f] })
		_, elsewhere := effectElsewhere[d.Name]
		switch effective := d.Class == Effective; {
		case effective && !uses && !elsewhere:
			t.Errorf("%s is effective, and nothing in the server reads %s", d.Name, fields)
		case effective && uses && elsewhere:
			t.Errorf("%s needs no exception: the server reads %s", d.Name, fields)
		case !effective && uses:
			t.Errorf("%s is %s, and the server reads %s", d.Name, d.Class, fields)
		case !effective && elsewhere:
			t.Errorf("%s is %s and listed as effective elsewhere", d.Name, d.Class)
		}
	}
}

// fieldsOf are the names of the fields of Values that a directive sets: those that its reset changes, whatever they had.
func fieldsOf(d *Directive) (names []string) {
	for _, seed := range []int64{1, 0} { // a boolean whose default is the one shows with the other
		var v Values
		scramble(reflect.ValueOf(&v).Elem(), seed)
		before := reflect.ValueOf(v)
		d.kind.reset(&v)
		after := reflect.ValueOf(v)
		for i := range after.NumField() {
			name := after.Type().Field(i).Name
			if !reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// scramble sets everything to what no default is.
func scramble(v reflect.Value, seed int64) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(seed != 0)
	case reflect.String:
		v.SetString("scrambled")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 7, 7))
	case reflect.Array:
		for i := range v.Len() {
			scramble(v.Index(i), seed)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scramble(v.Field(i), seed)
		}
	default:
		if v.CanInt() {
			v.SetInt(77)
		} else {
			v.SetUint(77)
		}
	}
}

// fieldsUsed are the fields of settings that the server's own files read, tests and reports apart.
func fieldsUsed(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for _, root := range []string{"..", "../../cmd/synap-server"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			switch name := entry.Name(); {
			case err != nil:
				return err
			case entry.IsDir() && path == filepath.Join("..", "config"):
				return fs.SkipDir
			case entry.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"), slices.Contains(reports, name):
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err == nil {
				ast.Inspect(file, func(n ast.Node) bool {
					if s, ok := n.(*ast.SelectorExpr); ok && isSettings(s.X) {
						used[s.Sel.Name] = true
					}
					return true
				})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return used
}

// isSettings tells whether an expression is called as settings are everywhere: cfg, v or Values.
func isSettings(x ast.Expr) bool {
	name := ""
	switch x := x.(type) {
	case *ast.Ident:
		name = x.Name
	case *ast.SelectorExpr:
		name = x.Sel.Name
	}
	return name == "cfg" || name == "v" || name == "Values"
}

package server

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"synap/commands"
	"synap/server/config"
)

// The documents for users state what the tables say. What can be generated stands between two marks and is compared with
// the tables here; -update rewrites it.
var update = flag.Bool("update", false, "rewrite the generated parts of README.md and docs/differences.md")

const (
	readmePath      = "../README.md"
	differencesPath = "../docs/differences.md"
)

// document is one Markdown file.
type document struct {
	t    *testing.T
	path string
	text string
}

func openDocument(t *testing.T, path string) *document {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return &document{t, path, string(b)}
}

// part finds what stands between the marks of a name.
func (d *document) part(name string) (from, to int) {
	d.t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- /"+name+" -->\n"
	if strings.Count(d.text, begin) != 1 || strings.Count(d.text, end) != 1 {
		d.t.Fatalf("%s needs the lines %q and %q once each", d.path, begin, end)
	}
	from, to = strings.Index(d.text, begin)+len(begin), strings.Index(d.text, end)
	if from > to {
		d.t.Fatalf("%s: %q stands behind its end", d.path, begin)
	}
	return from, to
}

// expect compares a part with what it should be, or writes it.
func (d *document) expect(name, want string) {
	d.t.Helper()
	from, to := d.part(name)
	switch got := d.text[from:to]; {
	case got == want:
	case *update:
		d.text = d.text[:from] + want + d.text[to:]
		if err := os.WriteFile(d.path, []byte(d.text), 0o644); err != nil {
			d.t.Fatal(err)
		}
	default:
		d.t.Errorf("%s: the part %q is out of date; go test ./server -run Documents -update writes it anew. It is\n%swant\n%s",
			d.path, name, got, want)
	}
}

// quoted are the words in code quotes of a part.
func (d *document) quoted(name string) (words []string) {
	d.t.Helper()
	from, to := d.part(name)
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(d.text[from:to], -1) {
		words = append(words, m[1])
	}
	if len(words) == 0 {
		d.t.Fatalf("%s: nothing in the part %q is quoted", d.path, name)
	}
	return words
}

// paragraph sets words in code quotes, at most 120 columns wide.
func paragraph(words []string) string {
	var b strings.Builder
	width := 0
	for i, w := range words {
		w = "`" + w + "`"
		switch {
		case i == 0:
		case width+1+len(w) > 120:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(w)
		width += len(w)
	}
	return b.String() + "\n"
}

// groupTitles name the groups of commands in README.md, in its order: data types as Redis's documentation has them, then what
// works on all of them.
var groupTitles = []struct {
	group commands.Group
	title string
}{
	{commands.GroupString, "Strings"},
	{commands.GroupList, "Lists"},
	{commands.GroupSet, "Sets"},
	{commands.GroupHash, "Hashes"},
	{commands.GroupSortedSet, "Sorted sets"},
	{commands.GroupStream, "Streams"},
	{commands.GroupGeo, "Geospatial indices"},
	{commands.GroupBitmap, "Bitmaps and bitfields"},
	{commands.GroupHyperLogLog, "HyperLogLog"},
	{commands.GroupGeneric, "Generic: keys of any type"},
	{commands.GroupTransactions, "Transactions"},
	{commands.GroupPubSub, "Pub/Sub"},
	{commands.GroupScripting, "Scripting and functions"},
	{commands.GroupConnection, "Connection management"},
	{commands.GroupServer, "Server management"},
}

// readmeCommands is the table as README.md shows it: a paragraph for each group.
func readmeCommands(t *testing.T, table *commands.Table) string {
	t.Helper()
	byGroup := map[commands.Group][]string{}
	for c := range table.Top() {
		byGroup[c.Group] = append(byGroup[c.Group], commandEntry(c))
	}
	var b strings.Builder
	for _, g := range groupTitles {
		if names := byGroup[g.group]; len(names) > 0 {
			slices.Sort(names)
			fmt.Fprintf(&b, "**%s**\n%s\n", g.title, paragraph(names))
			delete(byGroup, g.group)
		}
	}
	for group, names := range byGroup {
		t.Errorf("the group %q has no title: %q", group, names)
	}
	return b.String()
}

// commandEntry is a command with its subcommands. All containers have HELP.
func commandEntry(c *commands.Command) string {
	var subs []string
	for i := range c.Sub {
		if name := c.Sub[i].Name; name != "help" {
			subs = append(subs, upper(name))
		}
	}
	if len(subs) == 0 {
		return upper(c.Name)
	}
	slices.SortFunc(subs, cmp.Compare[string])
	return upper(c.Name) + " " + strings.Join(subs, "|")
}

func documentedTable(t *testing.T) *commands.Table {
	t.Helper()
	table, err := commands.NewTable(append(commands.DataFamilies(), families()...)...)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestDocumentsListEveryCommand(t *testing.T) {
	openDocument(t, readmePath).expect("commands", readmeCommands(t, documentedTable(t)))
}

// What docs/differences.md calls missing must be missing, apart from what it names as there in parentheses or after "but
// for".
func TestDocumentsMissingCommands(t *testing.T) {
	there := []string{"ACL", "ACL WHOAMI", "ACL HELP", "FUNCTION LIST", "FUNCTION FLUSH", "MODULE LIST",
		"ROLE", "WAIT"}
	table, named := documentedTable(t), 0
	for _, word := range openDocument(t, differencesPath).quoted("missing") {
		if word != strings.ToUpper(word) {
			continue // a directive
		}
		named++
		c := table.Named(strings.ReplaceAll(word, " ", "|"))
		switch exists := c != nil; {
		case exists && !slices.Contains(there, word):
			t.Errorf("%s is called missing and is in the command table", word)
		case !exists && slices.Contains(there, word):
			t.Errorf("%s is said to be there and is not in the command table", word)
		}
	}
	if named < 30 {
		t.Errorf("only %d commands are called missing", named)
	}
}

func TestDocumentsListDebugSubcommands(t *testing.T) {
	var names []string
	for _, a := range debugActions {
		names = append(names, upper(a.name))
	}
	openDocument(t, differencesPath).expect("debug", paragraph(append(names, "HELP")))
}

// Every directive is in the class in which docs/differences.md describes it.
func TestDocumentsListDirectives(t *testing.T) {
	d := openDocument(t, differencesPath)
	classes := map[string]config.Class{}
	var accepted []string
	for _, directive := range config.Directives() {
		classes[directive.Name] = directive.Class
		if directive.Class == config.Accepted {
			accepted = append(accepted, directive.Name)
		}
	}
	slices.Sort(accepted)
	d.expect("accepted", paragraph(accepted))
	described := map[string]bool{}
	for _, word := range d.quoted("missing") {
		name, _, _ := strings.Cut(word, " ")
		described[name] = true
	}
	for name, class := range classes {
		if class == config.Refused && !described[name] {
			t.Errorf("%s is refused, and the table of what is missing does not say so", name)
		}
	}
}

// The reasons that the table of what is missing gives are those that users will see.
func TestDocumentsQuoteRefusals(t *testing.T) {
	d := openDocument(t, differencesPath)
	for _, args := range [][]string{
		{"--appendonly", "yes"}, {"--aclfile", "/users.acl"}, {"--user", "alice", "on"}, {"--replicaof", "127.0.0.1", "1"},
		{"--min-replicas-to-write", "1"}, {"--cluster-enabled", "yes"}, {"--tls-port", "1"}, {"--loadmodule", "/x.so"},
	} {
		t.Run(args[0], func(t *testing.T) {
			_, err := config.FromCommandLine(append([]string{"synap-server"}, args...), config.System())
			exit, ok := err.(*config.Exit)
			if !ok {
				t.Fatalf("got %v, want a refusal", err)
			}
			lines := strings.Split(strings.TrimSpace(exit.Stderr), "\n")
			if reason := lines[len(lines)-1]; !strings.Contains(d.text, `"`+reason+`"`) {
				t.Errorf("the reason %q is not in %s", reason, d.path)
			}
		})
	}
}

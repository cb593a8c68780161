package main

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"
)

// maxInit is what a package of ours may allocate before main, in bytes. Every
// start pays for it, whatever is asked for.
const maxInit = 56 << 10

// Little is done before main.
func TestLittleBeforeMain(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Args = []string{"bellpull", "--help"} // by that name TestMain runs it
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	inits := regexp.MustCompile(`(?m)^init (github\.com/bellpull/bellpull/\S+) .* (\d+) bytes,`).FindAllSubmatch(out, -1)
	if len(inits) == 0 {
		t.Fatalf("no package of ours is traced:\n%s", out)
	}
	for _, m := range inits {
		if n, err := strconv.Atoi(string(m[2])); err != nil || n > maxInit {
			t.Errorf("%s allocates %s bytes before main, more than %d", m[1], m[2], maxInit)
		}
	}
}

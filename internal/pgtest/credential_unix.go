//go:build unix

package pgtest

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// credential is who runs the server, which refuses to be run by root: nil for
// whoever runs the tests.
func credential() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	who := &syscall.Credential{Uid: 65534, Gid: 65534}
	if u, err := user.Lookup("nobody"); err == nil {
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			who.Uid, who.Gid = uint32(uid), uint32(gid)
		}
	}
	return who
}

// giveAway makes a directory the server's own.
func giveAway(dir string) error {
	who := credential()
	if who == nil {
		return nil
	}
	if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

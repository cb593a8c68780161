package callout

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// guard decides which addresses callouts may reach. It looks at the address
// that is about to be connected to, after names have been resolved, so a name
// that changes its address in between gains nothing.
type guard struct {
	private bool // loopback and private networks, too
	allowed []netip.Prefix
}

// v6 holds all public IPv6 addresses. nat64 holds IPv4 addresses in its last
// four bytes, which are judged as such.
var (
	v6    = netip.MustParsePrefix("2000::/3")
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

// special are networks which look public but lead elsewhere or nowhere:
// shared, reserved and documentation addresses, and tunnels that hold IPv4
// addresses within.
var special = func() []netip.Prefix {
	var all []netip.Prefix
	for _, s := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "168.63.129.16/32", // the last: a cloud's own server
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}()

// check returns an error of [ErrForbidden] unless addr may be reached.
func (g guard) check(addr netip.Addr) error {
	addr = addr.WithZone("").Unmap()
	for _, p := range g.allowed {
		if p.Contains(addr) {
			return nil
		}
	}
	if nat64.Contains(addr) {
		b := addr.As16()
		return g.check(netip.AddrFrom4([4]byte(b[12:])))
	}
	if g.private && (addr.IsLoopback() || addr.IsPrivate() && addr != metadata6) || public(addr) {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrForbidden, addr)
}

// metadata6 is a metadata service within the private addresses of IPv6.
var metadata6 = netip.MustParseAddr("fd00:ec2::254")

func public(addr netip.Addr) bool {
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && !v6.Contains(addr) {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}
	return true
}

// control is for [net.Dialer]: it sees each address before it is connected to.
func (g guard) control(_, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return err
	}
	return g.check(addr)
}

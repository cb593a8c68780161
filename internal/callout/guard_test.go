package callout

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
)

func TestWhichAddressesMayBeReached(t *testing.T) {
	const (
		never   = iota
		private // with allow_private
		always
	)
	names := []string{"never", "with allow_private", "always"}
	for _, tt := range []struct {
		addr string
		want int
	}{
		{"8.8.8.8", always},
		{"1.1.1.1", always},
		{"2606:4700:4700::1111", always},
		{"::ffff:8.8.8.8", always},
		{"64:ff9b::808:808", always}, // 8.8.8.8 through NAT64

		{"127.0.0.1", private},
		{"127.255.255.254", private},
		{"10.0.0.1", private},
		{"172.16.0.1", private},
		{"172.31.255.255", private},
		{"192.168.1.1", private},
		{"::1", private},
		{"::ffff:127.0.0.1", private},
		{"::ffff:10.1.2.3", private},
		{"64:ff9b::7f00:1", private}, // 127.0.0.1 through NAT64
		{"fd12:3456::1", private},
		{"fc00::1", private},

		{"172.15.255.255", always},
		{"172.32.0.1", always},
		{"0.0.0.0", never},
		{"0.1.2.3", never},
		{"100.64.0.1", never},
		{"100.100.100.200", never},
		{"168.63.129.16", never},
		{"169.254.0.1", never},
		{"169.254.169.254", never},
		{"::ffff:169.254.169.254", never},
		{"64:ff9b::a9fe:a9fe", never},
		{"fd00:ec2::254", never},
		{"192.0.0.192", never},
		{"192.0.2.1", never},
		{"198.18.0.1", never},
		{"198.51.100.1", never},
		{"203.0.113.1", never},
		{"224.0.0.1", never},
		{"239.255.255.250", never},
		{"240.0.0.1", never},
		{"255.255.255.255", never},
		{"::", never},
		{"::127.0.0.1", never},
		{"64:ff9b:1::a00:1", never},
		{"100::1", never},
		{"2001::1", never},
		{"2001:db8::1", never},
		{"2002:7f00:1::", never},
		{"3fff::1", never},
		{"5f00::1", never},
		{"fe80::1", never},
		{"fe80::1%eth0", never},
		{"fec0::1", never},
		{"ff02::1", never},
	} {
		addr := netip.MustParseAddr(tt.addr)
		got := never
		switch {
		case guard{}.check(addr) == nil:
			got = always
		case guard{private: true}.check(addr) == nil:
			got = private
		}
		if got != tt.want {
			t.Errorf("%s may be reached %s, want %s", tt.addr, names[got], names[tt.want])
		}
		exactly := guard{allowed: []netip.Prefix{netip.PrefixFrom(addr.WithZone("").Unmap(), addr.WithZone("").Unmap().BitLen())}}
		if err := exactly.check(addr); err != nil {
			t.Errorf("%s may not be reached though it is allowed: %v", tt.addr, err)
		}
		if err := (guard{}).check(addr); err != nil && !errors.Is(err, ErrForbidden) {
			t.Errorf("%s is refused with %v, want ErrForbidden", tt.addr, err)
		}
	}
}

// names is a resolver that answers every question for A records with the next
// of some addresses, and the last one from then on.
func names(addrs ...string) *net.Resolver {
	var asked atomic.Int64
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			var size [2]byte
			if _, err := io.ReadFull(there, size[:]); err != nil {
				return
			}
			q := make([]byte, binary.BigEndian.Uint16(size[:]))
			if _, err := io.ReadFull(there, q); err != nil {
				return
			}
			end := 12 // of the question, behind the header
			for q[end] != 0 {
				end += int(q[end]) + 1
			}
			end += 5
			a := append([]byte{}, q[:end]...)
			a[2], a[3] = 0x81, 0x80 // an answer, without error
			clear(a[6:12])
			if q[end-3] == 1 { // A
				n := min(int(asked.Add(1)), len(addrs))
				ip := netip.MustParseAddr(addrs[n-1]).As4()
				a[7] = 1
				a = append(a, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4)
				a = append(a, ip[:]...)
			}
			there.Write(binary.BigEndian.AppendUint16(nil, uint16(len(a)))) //nolint:errcheck // a test's fake
			there.Write(a)                                                  //nolint:errcheck // a test's fake
		}()
		return here, nil
	}}
}

func TestNamesOfPrivateAddressesAreRefused(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the private endpoint was reached")
	}))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	for _, host := range []string{"orders.example.org", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"} {
		c := newCallerWith(t, Config{Functions: []FunctionRule{{ARN: "*", HTTP: "http://" + host + ":" + port}}},
			Options{Resolver: names("127.0.0.1")})
		if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrForbidden) {
			t.Errorf("calling %s: %v, want ErrForbidden", host, err)
		}
	}
}

func TestAllowedNetworksAreReachedByName(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"a":"b"}`) }))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	c := newCallerWith(t, Config{
		Functions: []FunctionRule{{ARN: "*", HTTP: "http://orders.example.org:" + port}},
		Allow:     []string{"127.0.0.0/8"},
	}, Options{Resolver: names("127.0.0.1")})
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); err != nil {
		t.Errorf("calling an allowed address by name: %v", err)
	}
}

// The name leads to an allowed address when it is first looked up and to the
// metadata service from then on: each connection is judged by what it connects to.
func TestANameThatChangesItsAddressGainsNothing(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		fmt.Fprint(w, `{}`)
	}))
	defer srv.Close()
	_, port, _ := net.SplitHostPort(srv.Listener.Addr().String())
	c := newCallerWith(t, ordersAt("http://orders.example.org:"+port), Options{Resolver: names("127.0.0.1", "169.254.169.254")})
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); err != nil {
		t.Fatalf("the first call: %v", err)
	}
	if _, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrForbidden) {
		t.Errorf("the call after the change: %v, want ErrForbidden", err)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Error("the redirect was followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer srv.Close()
	c := newCaller(t, ordersAt(srv.URL))
	_, err := c.Invoke(t.Context(), InvokeRequest{ARN: ordersARN})
	if !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), "redirects are not followed") {
		t.Errorf("a redirect: %v, want ErrForbidden", err)
	}
}

func TestProxiesAreTakenFromTheConfigurationOnly(t *testing.T) {
	var asked atomic.Value
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Store(r.URL.String())
		fmt.Fprint(w, `{}`)
	}))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)

	conf := ordersAt("http://orders.example.org/x")
	if _, err := newCallerWith(t, conf, Options{Resolver: names("169.254.1.1")}).Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrForbidden) {
		t.Errorf("with the environment's proxy: %v, want it unused and so ErrForbidden", err)
	}
	conf.Proxy = proxy.URL
	if _, err := newCaller(t, conf).Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); err != nil {
		t.Errorf("with the configured proxy: %v", err)
	}
	if got := asked.Load(); got != "http://orders.example.org/x" {
		t.Errorf("the proxy was asked for %v", got)
	}
	conf.AllowPrivate = false
	if _, err := newCaller(t, conf).Invoke(t.Context(), InvokeRequest{ARN: ordersARN}); !errors.Is(err, ErrForbidden) {
		t.Errorf("through a private proxy that is not allowed: %v, want ErrForbidden", err)
	}
}

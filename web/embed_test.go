package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func serve(h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func built() http.Handler {
	return handler(fstest.MapFS{
		"demo/index.html":          {Data: []byte("<!doctype html>index")},
		"demo/index.html.gz":       {Data: []byte("zipped")},
		"demo/assets/main-ab12.js": {Data: []byte("run()")},
		"demo/.keep":               {},

		"desk/index.html":            {Data: []byte("desk")},
		"desk/assets/desk-cd34.js":   {Data: []byte("desk()")},
		"widget.js":                  {Data: []byte("launch()")},
		"widget/assets/core-ef56.js": {Data: []byte("widget()")},
	}, "https://chat.example.org/below")
}

func TestPagesAreServedWithTheirTypeAndPolicy(t *testing.T) {
	w := serve(built(), "/demo/")
	if got, want := w.Body.String(), "<!doctype html>index"; w.Code != http.StatusOK || got != want {
		t.Fatalf("GET /demo/: %d %q, want 200 %q", w.Code, got, want)
	}
	for name, want := range map[string]string{
		"Content-Type":           "text/html; charset=utf-8",
		"X-Content-Type-Options": "nosniff",
		"Cache-Control":          "no-cache",
		"Vary":                   "Accept-Encoding",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("GET /demo/: %s is %q, want %q", name, got, want)
		}
	}
	csp := w.Header().Get("Content-Security-Policy")
	for _, part := range []string{"script-src 'self'", "connect-src 'self' https://chat.example.org ws: wss: http://127.0.0.1:*"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy %q lacks %q", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") {
		t.Errorf("the policy %q lets something unsafe in", csp)
	}
}

func TestGzipGoesToWhoeverTakesIt(t *testing.T) {
	tests := []struct {
		name, accept, body, encoding string
	}{
		{"a browser", "gzip, deflate, br", "zipped", "gzip"},
		{"a client that takes nothing", "", "<!doctype html>index", ""},
		{"a client that refuses gzip", "br, gzip;q=0", "<!doctype html>index", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := serve(built(), "/demo/", "Accept-Encoding", tt.accept)
			if got := w.Body.String(); got != tt.body {
				t.Errorf("body %q, want %q", got, tt.body)
			}
			if got := w.Header().Get("Content-Encoding"); got != tt.encoding {
				t.Errorf("Content-Encoding %q, want %q", got, tt.encoding)
			}
		})
	}
}

func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	h := built()
	plain := serve(h, "/demo/").Header().Get("ETag")
	zipped := serve(h, "/demo/", "Accept-Encoding", "gzip").Header().Get("ETag")
	if plain == "" || plain == zipped {
		t.Fatalf("entity tags %q and %q, want two different ones", plain, zipped)
	}
	w := serve(h, "/demo/", "If-None-Match", plain)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("asking with the tag: %d and %d bytes, want 304 and none", w.Code, w.Body.Len())
	}
}

func TestHashedAssetsAreKeptForGood(t *testing.T) {
	w := serve(built(), "/demo/assets/main-ab12.js")
	if got := w.Header().Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control %q, want immutable", got)
	}
	if got, want := w.Header().Get("Content-Type"), "text/javascript; charset=utf-8"; got != want {
		t.Errorf("Content-Type %q, want %q", got, want)
	}
}

func TestOnlyWhatTheBuildMadeIsServed(t *testing.T) {
	for _, path := range []string{"/demo/.keep", "/demo/nothing.js", "/demo/index.html.gz", "/demo/config.json", "/widget/assets/none.js", "/widget/assets/"} {
		if w := serve(built(), path); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", path, w.Code)
		}
	}
}

func TestABinaryWithoutPagesSaysSo(t *testing.T) {
	h := handler(fstest.MapFS{}, "")
	for _, path := range []string{"/demo/customer/", "/desk/board", "/setup/", "/widget.js", "/widget/assets/core-ef56.js"} {
		if w := serve(h, path); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "make build") {
			t.Errorf("GET %s: %d %q, want 404 and what to do", path, w.Code, w.Body)
		}
	}
}

// The desk looks at the path itself.
func TestAnAppIsOnePageAtManyPaths(t *testing.T) {
	for path, want := range map[string]string{"/desk/": "desk", "/desk/board": "desk", "/desk/chats/1": "desk", "/desk/assets/desk-cd34.js": "desk()"} {
		w := serve(built(), path)
		if w.Code != http.StatusOK || w.Body.String() != want || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("GET %s: %d %q, want %q under a policy", path, w.Code, w.Body, want)
		}
	}
	if w := serve(built(), "/desk/assets/none.js"); w.Code != http.StatusNotFound {
		t.Errorf("a script that is not there: %d", w.Code)
	}
}

func TestOtherSitesLoadTheWidget(t *testing.T) {
	for path, want := range map[string]struct{ body, cache string }{
		launcher:                      {"launch()", "no-cache"},
		hostedLauncher:                {"launch()", "no-cache"},
		"/widget/assets/core-ef56.js": {"widget()", "public, max-age=31536000, immutable"},
	} {
		w := serve(built(), path)
		h := w.Header()
		if w.Body.String() != want.body || h.Get("Cache-Control") != want.cache || h.Get("Access-Control-Allow-Origin") != "*" || h.Get("ETag") == "" {
			t.Errorf("GET %s: %d %q %v", path, w.Code, w.Body, h)
		}
	}
}

func TestPathsThatLeadElsewhere(t *testing.T) {
	h := handler(fstest.MapFS{}, "")
	for from, to := range map[string]string{"/ccp-v2/": "/desk/", "/": "/demo/"} {
		w := serve(h, from)
		if got := w.Header().Get("Location"); w.Code != http.StatusFound || got != to {
			t.Errorf("GET %s: %d to %q, want 302 to %q", from, w.Code, got, to)
		}
	}
}

func TestTheBuildHoldsEveryPageOrNone(t *testing.T) {
	_, built := Files()
	want := http.StatusNotFound
	if built {
		want = http.StatusOK
	}
	h := Handler("")
	for _, path := range []string{"/demo/", "/demo/customer/", "/demo/widget/", "/desk/", "/desk/board", "/setup/", "/widget.js"} {
		if w := serve(h, path); w.Code != want {
			t.Errorf("GET %s: %d, want %d", path, w.Code, want)
		}
	}
}

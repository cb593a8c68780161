// Package web holds the browser pages: the TypeScript sources beside this
// file, and what the build made of them, embedded. Start reading at Handler.
//
// The build is not committed. A binary built without it works, and says on
// its pages what is missing.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// policy lets a page run only its own scripts and speak to this server. The
// server hands out socket addresses on 127.0.0.1 even to a page opened as
// localhost, so sockets are not bound to the page's own host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self' ws: wss: http://127.0.0.1:*; frame-src 'self'; frame-ancestors 'self'; " +
	"base-uri 'none'; form-action 'self'"

// types are the content types of what the build makes.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

// notBuilt is the page of a binary that was built without the pages.
const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Bellpull: pages not built</title>
<h1>The pages are not in this binary</h1>
<p>It was built without them. Run <code>make build</code> and start it again.
Everything else works: the chat and agent APIs do not need the pages.</p>
</html>
`

// Files returns what the build made, rooted where URL paths begin, and whether
// there is a build at all.
func Files() (fs.FS, bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded folder is fixed at compile time
	}
	_, err = fs.Stat(files, "demo/index.html")
	return files, err == nil
}

// Handler serves the demo pages below /demo/ and sends the addresses of pages
// that are still to come, /desk/ and /ccp-v2/, to the agent's demo page, and
// the bare root to /demo/. It does no work before the first request.
func Handler() http.Handler {
	files, built := Files()
	mux := http.NewServeMux()
	mux.Handle("GET /demo/", &pages{files: files, built: built})
	mux.Handle("GET /{$}", http.RedirectHandler("/demo/", http.StatusFound))
	mux.Handle("GET /desk/", http.RedirectHandler("/demo/agent/", http.StatusFound))
	mux.Handle("GET /ccp-v2/", http.RedirectHandler("/demo/agent/", http.StatusFound))
	return mux
}

// pages serves built files: folders by their index.html, the gzip form beside
// a file to whoever takes it.
type pages struct {
	files fs.FS
	built bool
	tags  sync.Map // file name to entity tag, each worked out when first asked for
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	name := strings.TrimPrefix(r.URL.Path, "/")
	if strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	contentType, known := types[path.Ext(name)]
	if !p.built && path.Ext(name) == ".html" {
		p.apologise(w, r)
		return
	}
	if !known || !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	stored := name
	if _, err := fs.Stat(p.files, name+".gz"); err == nil && acceptsGzip(r) {
		stored += ".gz"
	}
	content, err := fs.ReadFile(p.files, stored)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	tag := p.tag(stored, content)
	h.Set("ETag", tag)
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache") // ask again, and be told when nothing changed
	if strings.Contains(name, "/assets/") {
		h.Set("Cache-Control", "public, max-age=31536000, immutable") // the name holds a hash of the content
	}
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType)
	if stored != name {
		h.Set("Content-Encoding", "gzip")
	}
	send(w, r, http.StatusOK, content)
}

func (p *pages) apologise(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", types[".html"])
	w.Header().Set("Cache-Control", "no-store")
	send(w, r, http.StatusNotFound, []byte(notBuilt))
}

func (p *pages) tag(name string, content []byte) string {
	if tag, ok := p.tags.Load(name); ok {
		return tag.(string)
	}
	sum := sha256.Sum256(content)
	tag := `"` + hex.EncodeToString(sum[:12]) + `"`
	p.tags.Store(name, tag)
	return tag
}

// acceptsGzip reports whether the client takes gzip. A client that names gzip
// only to refuse it (q=0) is believed.
func acceptsGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(coding, ";")
		if strings.TrimSpace(name) == "gzip" {
			weight = strings.ReplaceAll(weight, " ", "")
			return weight != "q=0" && weight != "q=0.0"
		}
	}
	return false
}

func send(w http.ResponseWriter, r *http.Request, status int, content []byte) {
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // a client that went away is no failure of ours
	}
}

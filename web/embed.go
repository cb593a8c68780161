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
	"net/url"
	"path"
	"strings"
	"sync"
)

//go:embed all:dist
var dist embed.FS

// policy lets a page run only its own scripts and speak to this server. The
// server hands out socket addresses on 127.0.0.1 even to a page opened as
// localhost, so sockets are not bound to the page's own host.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self' ws: wss: http://127.0.0.1:*; frame-src 'self'; frame-ancestors 'self'; " +
	"base-uri 'none'; form-action 'self'"

// policyFor adds where files go: below the public URL, by whatever name the page
// was opened.
func policyFor(publicURL string) string {
	p := policy
	if u, err := url.Parse(publicURL); err == nil && u.Host != "" {
		p = strings.Replace(p, "connect-src 'self'", "connect-src 'self' "+u.Scheme+"://"+u.Host, 1)
	}
	return p
}

// types are the content types of what the build makes.
var types = map[string]string{
	".html":  "text/html; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".woff2": "font/woff2",
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

// widgetMissing is the launcher of such a binary.
const widgetMissing = "The widget is not in this binary. It was built without the pages: run make build and start it again.\n"

// launcher is the path of the script that puts the widget on a page. Sites that
// come from the service have hostedLauncher, and change the host alone.
const (
	launcher       = "/widget.js"
	hostedLauncher = "/connectwidget/static/amazon-connect-chat-interface-client.js"
)

// Files returns what the build made, rooted where URL paths begin, and whether
// there is a build at all.
func Files() (fs.FS, bool) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the embedded folder is fixed at compile time
	}
	return files, has(files, "demo/index.html")
}

func has(files fs.FS, name string) bool {
	_, err := fs.Stat(files, name)
	return err == nil
}

// Patterns are what Handler answers.
var Patterns = []string{
	"GET /{$}", "GET /demo/", "GET /desk/", "GET /setup/", "GET /ccp-v2/", "GET " + launcher, "GET " + hostedLauncher, "GET /widget/assets/",
}

// Handler serves the pages: the demo, the desk, the first steps, and the widget,
// which pages of other sites load. It does no work before the first request.
func Handler(publicURL string) http.Handler {
	files, _ := Files()
	return handler(files, publicURL)
}

func handler(files fs.FS, publicURL string) http.Handler {
	p := &pages{files: files, policy: policyFor(publicURL)}
	mux := http.NewServeMux()
	mux.Handle("GET /demo/", p.folder("demo"))
	mux.Handle("GET /setup/", p.app("setup"))
	mux.Handle("GET /desk/", p.app("desk"))
	mux.Handle("GET /ccp-v2/", http.RedirectHandler("/desk/", http.StatusFound))
	mux.Handle("GET /{$}", http.RedirectHandler("/demo/", http.StatusFound))
	for _, path := range []string{launcher, hostedLauncher, "/widget/assets/"} {
		mux.HandleFunc("GET "+path, p.widget)
	}
	return mux
}

// pages serves built files: folders by their index.html, the gzip form beside
// a file to whoever takes it.
type pages struct {
	files  fs.FS
	policy string
	tags   sync.Map // file name to entity tag, each worked out when first asked for
}

// folder serves the pages of a folder, each at its own path.
func (p *pages) folder(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.protect(w.Header())
		file := strings.TrimPrefix(r.URL.Path, "/")
		if strings.HasSuffix(file, "/") {
			file += "index.html"
		}
		if path.Ext(file) == ".html" && !has(p.files, name+"/index.html") {
			apologise(w, r)
			return
		}
		p.serve(w, r, file)
	})
}

// app serves a folder that has one page, which looks at the rest of the path
// itself.
func (p *pages) app(name string) http.Handler {
	files := p.folder(name)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Ext(r.URL.Path) == "" {
			r = r.Clone(r.Context())
			r.URL.Path = "/" + name + "/"
		}
		files.ServeHTTP(w, r)
	})
}

// protect lets a page do no more than ours need to.
func (p *pages) protect(h http.Header) {
	h.Set("Content-Security-Policy", p.policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
}

// widget serves the widget's scripts to pages of any site.
func (p *pages) widget(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	file := strings.TrimPrefix(r.URL.Path, "/")
	if r.URL.Path == hostedLauncher {
		file = strings.TrimPrefix(launcher, "/")
	}
	if !has(p.files, strings.TrimPrefix(launcher, "/")) {
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		send(w, r, http.StatusNotFound, []byte(widgetMissing))
		return
	}
	p.serve(w, r, file)
}

// serve answers with a file, or says that it is the one the client has.
func (p *pages) serve(w http.ResponseWriter, r *http.Request, name string) {
	contentType, known := types[path.Ext(name)]
	if !known || !fs.ValidPath(name) {
		http.NotFound(w, r)
		return
	}
	stored := name
	if has(p.files, name+".gz") && acceptsGzip(r) {
		stored += ".gz"
	}
	content, err := fs.ReadFile(p.files, stored)
	if err != nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
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

func apologise(w http.ResponseWriter, r *http.Request) {
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

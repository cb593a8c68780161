package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/config"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/server/servertest"
)

// png is the beginning of an image, and as a file of one as good as any.
const png = "\x89PNG\r\n\x1a\n and pixels"

// caller is anybody who may act in a chat.
type caller func(operation string, in any) servertest.Answer

func agentCaller(srv *servertest.Server, a *servertest.Agent, c *servertest.Customer) caller {
	token := a.Connection(c)
	return func(operation string, in any) servertest.Answer { return srv.Participant(token, operation, in) }
}

// upload is what StartAttachmentUpload answers.
type upload struct {
	AttachmentID   string
	UploadMetadata struct {
		URL, URLExpiry   string
		HeadersToInclude map[string]string
	}
}

func file(name, contentType string, size int) map[string]any {
	return map[string]any{"AttachmentName": name, "ContentType": contentType, "AttachmentSizeInBytes": size, "ClientToken": name}
}

// begin announces a file.
func begin(t *testing.T, by caller, name, contentType string, size int) (u upload) {
	t.Helper()
	a := by("start-attachment-upload", file(name, contentType, size))
	if a.Status != http.StatusOK {
		t.Fatalf("start the upload of %s: %d %s", name, a.Status, a.Body)
	}
	a.Into(t, &u)
	return u
}

// put uploads bytes with the headers that were asked for, and changes to them.
func (u upload) put(srv *servertest.Server, body string, changes ...string) servertest.Answer {
	h := http.Header{}
	for k, v := range u.UploadMetadata.HeadersToInclude {
		h.Set(k, v)
	}
	for i := 0; i < len(changes); i += 2 {
		h.Set(changes[i], changes[i+1])
	}
	return srv.Do(http.MethodPut, strings.TrimPrefix(u.UploadMetadata.URL, servertest.URL), h, body)
}

func (u upload) complete(by caller, token string) servertest.Answer {
	return by("complete-attachment-upload", map[string]any{"AttachmentIds": []string{u.AttachmentID}, "ClientToken": token})
}

// attach sends a file, all the way.
func attach(t *testing.T, srv *servertest.Server, by caller, name, body string) upload {
	t.Helper()
	u := begin(t, by, name, "image/png", len(body))
	answers(t, u.put(srv, body), "put "+name, http.StatusOK, "")
	answers(t, u.complete(by, "complete "+name), "complete "+name, http.StatusOK, "")
	synctest.Wait()
	return u
}

// got is what GetAttachment answers.
type got struct {
	URL, URLExpiry        string
	AttachmentSizeInBytes int
}

func download(t *testing.T, srv *servertest.Server, by caller, id string) servertest.Answer {
	t.Helper()
	a := by("attachment", map[string]any{"AttachmentId": id})
	answers(t, a, "get the attachment", http.StatusOK, "")
	var g got
	a.Into(t, &g)
	return srv.Do(http.MethodGet, strings.TrimPrefix(g.URL, servertest.URL), nil, "")
}

func answers(t *testing.T, a servertest.Answer, doing string, status int, name string) {
	t.Helper()
	if a.Status != status || a.ErrorType() != name {
		t.Errorf("%s: %d %s %s, want %d %s", doing, a.Status, a.ErrorType(), a.Body, status, name)
	}
}

// shown returns what items say of files.
func shown(items []servertest.Item) (all []string) {
	for _, it := range items {
		if it.Type == "ATTACHMENT" {
			all = append(all, it.String())
		}
	}
	return all
}

// kept returns the files below a directory.
func kept(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, name)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// withFiles starts a server, in whose directory of attachments a test may look.
func withFiles(t *testing.T, change func(*config.Attachments)) (*servertest.Server, string) {
	t.Helper()
	cfg := config.Default()
	cfg.Limits.Rates = "off"
	cfg.Attachments.Dir = filepath.Join(t.TempDir(), "files")
	if change != nil {
		change(&cfg.Attachments)
	}
	return servertest.Open(t, servertest.Options{Config: &cfg}), cfg.Attachments.Dir
}

// together is a customer in a chat with an agent.
func together(srv *servertest.Server) (*servertest.Customer, *servertest.Agent) {
	ana := srv.SignIn("ana")
	ana.SetState("Available")
	ada := srv.StartChat("Ada")
	synctest.Wait()
	ana.Accept(ada)
	synctest.Wait()
	return ada, ana
}

// D1, D3, D10, D13: a file goes from one side to the other, under the id that it
// was announced with, and survives the server.
func TestAFileIsSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, nil)
		ada, ana := together(srv)
		const name = `Ada's "Ünïcode".png`
		u := attach(t, srv, ada.Do, name, png)

		want := servertest.Attachment{AttachmentID: u.AttachmentID, AttachmentName: name, ContentType: "image/png", Status: "APPROVED"}
		for who, items := range map[string][]servertest.Item{"Ada's socket": ada.Items(), "Ana's socket": ana.Items(ada), "the transcript": ada.Transcript()} {
			i := slices.IndexFunc(items, func(it servertest.Item) bool { return it.Type == "ATTACHMENT" })
			if i < 0 {
				t.Fatalf("%s has no attachment: %v", who, items)
			}
			it := items[i]
			if diff := cmp.Diff([]servertest.Attachment{want}, it.Attachments); diff != "" {
				t.Errorf("%s (-want +got)\n%s", who, diff)
			}
			if it.ParticipantID != ada.ID || it.ParticipantRole != "CUSTOMER" || it.DisplayName != "Ada" || it.Content != "" || it.ContentType != "" {
				t.Errorf("%s has %+v", who, it)
			}
		}

		srv.Restart()
		answers(t, u.complete(ada.Do, "complete "+name), "complete again", http.StatusOK, "")
		answers(t, u.complete(ada.Do, "another"), "complete with another token", http.StatusConflict, "ConflictException")
		if n := len(shown(ada.Transcript())); n != 1 {
			t.Errorf("the transcript has the file %d times", n)
		}
		a := download(t, srv, agentCaller(srv, ana, ada), u.AttachmentID)
		if string(a.Body) != png {
			t.Errorf("got %q", a.Body)
		}
		for header, want := range map[string]string{
			"Content-Type":                "image/png",
			"Content-Disposition":         `attachment; filename="Ada's __n_code_.png"; filename*=UTF-8''Ada%27s%20%22%C3%9Cn%C3%AFcode%22.png`,
			"X-Content-Type-Options":      "nosniff",
			"Content-Security-Policy":     "default-src 'none'; sandbox",
			"Access-Control-Allow-Origin": "*",
		} {
			if got := a.Header.Get(header); got != want {
				t.Errorf("%s: %s, want %s", header, got, want)
			}
		}
	})
}

// D6, D7, D8: what may not be announced is refused by the name of its reason.
func TestFilesThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, func(a *config.Attachments) { a.PerChat = 3 })
		ada := srv.StartChat("Ada")
		const most = 20 << 20
		for _, c := range []struct {
			name, file, contentType string
			size, status            int
			want                    string
		}{
			{"larger than allowed", "a.png", "image/png", most + 1, 402, "ServiceQuotaExceededException"},
			{"a program", "a.exe", "application/x-msdownload", 1, 400, "ValidationException"},
			{"no extension", "png", "image/png", 1, 400, "ValidationException"},
			{"a page by its type", "a.png", "text/html", 1, 400, "ValidationException"},
			{"a page by its name", "a.html", "text/plain", 1, 400, "ValidationException"},
			{"a name of two lines", "a\n.png", "image/png", 1, 400, "ValidationException"},
			{"nothing", "a.png", "image/png", 0, 400, "ValidationException"},
			{"the largest", "a.PNG", "IMAGE/PNG", most, 200, ""},
			{"a text", "b.csv", "text/csv", 1, 200, ""},
			{"the same text again", "b.csv", "text/csv", 1, 200, ""},
			{"a third one", "c.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", 1, 200, ""},
			{"one too many", "d.png", "image/png", 1, 402, "ServiceQuotaExceededException"},
		} {
			answers(t, ada.Do("start-attachment-upload", file(c.file, c.contentType, c.size)), c.name, c.status, c.want)
		}
	})
}

// A request that is repeated announces nothing new.
func TestAnnouncingAgainIsTheSameFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, nil)
		ada := srv.StartChat("Ada")
		one := begin(t, ada.Do, "a.png", "image/png", 1)
		srv.Restart()
		if two := begin(t, ada.Do, "a.png", "image/png", 1); !cmp.Equal(one, two) {
			t.Errorf("got %+v, want %+v", two, one)
		}
		if two := begin(t, ada.Do, "b.png", "image/png", 1); two.AttachmentID == one.AttachmentID {
			t.Error("two files have one id")
		}
	})
}

// D5, D9: bytes that are not what was announced do not arrive, and the answer
// says what is wrong with them.
func TestUploadsThatAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, nil)
		ada := srv.StartChat("Ada")
		u := begin(t, ada.Do, "a.png", "image/png", len(png))
		for _, c := range []struct {
			name string
			a    servertest.Answer
			want string
		}{
			{"another type", u.put(srv, png, "Content-Type", "image/gif"), `Content-Type must be "image/png"`},
			{"another name", u.put(srv, png, "Content-Disposition", `attachment; filename="b.png"`), "the header Content-Disposition"},
			{"fewer bytes", u.put(srv, png[1:]), fmt.Sprintf("Content-Length must be %d", len(png))},
			{"more bytes", u.put(srv, png+"!"), fmt.Sprintf("Content-Length must be %d", len(png))},
			{"a program", u.put(srv, "\x7fELF"+png[4:]), "those of a program"},
			{"a document", u.put(srv, "%PDF-"+png[5:]), "those of a document"},
		} {
			answers(t, c.a, c.name, http.StatusBadRequest, "ValidationException")
			if !strings.Contains(string(c.a.Body), strings.ReplaceAll(c.want, `"`, `\"`)) {
				t.Errorf("%s: %s does not say %s", c.name, c.a.Body, c.want)
			}
		}
		for name, chunks := range map[string]string{
			"fewer than announced": "1\r\nx\r\n0\r\n\r\n", "more than announced": "20\r\n" + strings.Repeat("x", 32) + "\r\n0\r\n\r\n",
		} {
			answer := srv.Raw("PUT " + strings.TrimPrefix(u.UploadMetadata.URL, servertest.URL) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" +
				"Content-Type: image/png\r\nContent-Disposition: " + u.UploadMetadata.HeadersToInclude["Content-Disposition"] +
				"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
			if !strings.HasPrefix(answer, "HTTP/1.1 400 ") || !strings.Contains(answer, "AttachmentSizeInBytes said") && !strings.Contains(answer, "bytes that AttachmentSizeInBytes") {
				t.Errorf("%s: %s", name, answer)
			}
		}
		answers(t, u.complete(ada.Do, "x"), "complete what has not arrived", http.StatusConflict, "ConflictException")
		if files := kept(t, dir); len(files) > 0 {
			t.Errorf("kept %q", files)
		}
		if got := shown(ada.Transcript()); len(got) > 0 {
			t.Errorf("shown %q", got)
		}
		time.Sleep(contact.UploadLimit)
		answers(t, u.put(srv, png), "put too late", http.StatusForbidden, "AccessDeniedException")
	})
}

// A client that did not hear of its success may put the same bytes again; others
// change nothing, before or after the file is shown.
func TestAnUploadCountsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, nil)
		ada := srv.StartChat("Ada")
		u := begin(t, ada.Do, "a.png", "image/png", len(png))
		other := png[:len(png)-1] + "?"
		again := func(when string) {
			t.Helper()
			answers(t, u.put(srv, png), "the same bytes "+when, http.StatusOK, "")
			answers(t, u.put(srv, other), "others "+when, http.StatusConflict, "ConflictException")
		}
		answers(t, u.put(srv, png), "put", http.StatusOK, "")
		again("before the file is complete")
		answers(t, u.complete(ada.Do, "x"), "complete", http.StatusOK, "")
		again("after")
		if a := download(t, srv, ada.Do, u.AttachmentID); string(a.Body) != png {
			t.Errorf("got %q", a.Body)
		}
		if files := kept(t, dir); len(files) != 1 {
			t.Errorf("kept %q, want one file", files)
		}
	})
}

// D4, D11, D12, D14: who may complete and get what.
func TestWhoseFileItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, nil)
		ada, ana := together(srv)
		bob := srv.StartChat("Bob")
		u := begin(t, ada.Do, "a.png", "image/png", len(png))
		agent := agentCaller(srv, ana, ada)
		answers(t, u.complete(ada.Do, "x"), "complete without bytes", 409, "ConflictException")
		answers(t, u.put(srv, png), "put", 200, "")
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": u.AttachmentID}), "get what is not complete", 400, "ValidationException")
		answers(t, u.complete(agent, "x"), "complete another's", 403, "AccessDeniedException")
		answers(t, u.complete(bob.Do, "x"), "complete one of another chat", 403, "AccessDeniedException")
		answers(t, ada.Do("complete-attachment-upload", map[string]any{"AttachmentIds": []string{u.AttachmentID, u.AttachmentID}, "ClientToken": "x"}),
			"complete two", 400, "ValidationException")
		answers(t, u.complete(ada.Do, "x"), "complete", 200, "")
		answers(t, bob.Do("attachment", map[string]any{"AttachmentId": u.AttachmentID}), "get one of another chat", 403, "AccessDeniedException")
		answers(t, agent("attachment", map[string]any{"AttachmentId": u.AttachmentID, "UrlExpiryInSeconds": 4}), "get for 4 seconds", 400, "ValidationException")

		answers(t, srv.Do(http.MethodGet, strings.TrimPrefix(u.UploadMetadata.URL, servertest.URL), nil, ""), "get at the address of the upload", 403, "AccessDeniedException")
		a := agent("attachment", map[string]any{"AttachmentId": u.AttachmentID, "UrlExpiryInSeconds": 5})
		var g got
		a.Into(t, &g)
		at := strings.TrimPrefix(g.URL, servertest.URL)
		if g.AttachmentSizeInBytes != len(png) {
			t.Errorf("the size is %d", g.AttachmentSizeInBytes)
		}
		answers(t, srv.Do(http.MethodPut, at, nil, png), "put at the address of the download", 403, "AccessDeniedException")
		answers(t, srv.Do(http.MethodGet, at, nil, ""), "get", 200, "")
		if head := srv.Do(http.MethodHead, at, nil, ""); head.Status != 200 || head.Header.Get("Content-Length") != fmt.Sprint(len(png)) {
			t.Errorf("the head is %d %v", head.Status, head.Header)
		}
		time.Sleep(5 * time.Second)
		answers(t, srv.Do(http.MethodGet, at, nil, ""), "get too late", 403, "AccessDeniedException")

		var bot struct {
			ParticipantCredentials struct{ ParticipantToken string }
		}
		srv.Call(http.MethodPost, "/contact/create-participant", mustJSON(map[string]any{
			"InstanceId": seed.DevInstance, "ContactId": ada.Contact, "ClientToken": "b",
			"ParticipantDetails": map[string]string{"ParticipantRole": "CUSTOM_BOT", "DisplayName": "Bot"},
		}), &bot)
		var conn struct {
			ConnectionCredentials struct{ ConnectionToken string }
		}
		srv.Participant(bot.ParticipantCredentials.ParticipantToken, "connection", map[string]any{"ConnectParticipant": true, "Type": []string{"CONNECTION_CREDENTIALS"}}).Into(t, &conn)
		answers(t, srv.Participant(conn.ConnectionCredentials.ConnectionToken, "attachment", map[string]any{"AttachmentId": u.AttachmentID}), "get as a bot", 403, "AccessDeniedException")

		ada.Leave()
		synctest.Wait()
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": u.AttachmentID}), "get after the end", 403, "AccessDeniedException")
		if a := download(t, srv, agent, u.AttachmentID); string(a.Body) != png {
			t.Errorf("in after-contact work the agent gets %d %s", a.Status, a.Body)
		}
	})
}

// What is announced and never completed leaves nothing behind, and takes no place.
func TestUploadsThatAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, func(a *config.Attachments) { a.PerChat = 2 })
		ada := srv.StartChat("Ada")
		good := attach(t, srv, ada.Do, "good.png", png)
		left := begin(t, ada.Do, "left.png", "image/png", len(png))
		answers(t, left.put(srv, png), "put", 200, "")
		if n := len(kept(t, dir)); n != 2 {
			t.Fatalf("%d files are kept, want 2", n)
		}
		answers(t, ada.Do("start-attachment-upload", file("c.png", "image/png", 1)), "one too many", 402, "ServiceQuotaExceededException")
		time.Sleep(contact.UploadLimit + 2*time.Minute)
		synctest.Wait()
		if n := len(kept(t, dir)); n != 1 {
			t.Errorf("%d files are kept, want 1", n)
		}
		answers(t, left.complete(ada.Do, "x"), "complete too late", 403, "AccessDeniedException")
		answers(t, ada.Do("start-attachment-upload", file("c.png", "image/png", 1)), "another one", 200, "")
		if a := download(t, srv, ada.Do, good.AttachmentID); string(a.Body) != png {
			t.Errorf("the file that was sent is %d %s", a.Status, a.Body)
		}
	})
}

// Where files cannot be removed, there may be more of them than timers are looked
// at in a round. Nobody waits for them.
func TestFilesThatCannotBeRemovedHoldUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, func(a *config.Attachments) { a.PerChat = 120 })
		ada := srv.StartChat("Ada")
		for i := range 120 {
			u := begin(t, ada.Do, fmt.Sprint(i, ".png"), "image/png", len(png))
			answers(t, u.put(srv, png), "put", 200, "")
		}
		files := kept(t, dir)
		for _, name := range files { // what is a directory with something in it cannot be removed
			if err := errors.Join(os.Remove(name), os.Mkdir(name, 0o700), os.WriteFile(filepath.Join(name, "x"), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(contact.UploadLimit + 2*time.Minute)
		ana := srv.SignIn("ana")
		ana.SetState("Available")
		synctest.Wait()
		if state := ana.StateOf(ada); state != "connecting" {
			t.Fatalf("who waits is %q at the agent, want an offer", state)
		}
		time.Sleep(21 * time.Second)
		synctest.Wait()
		if state := ana.StateOf(ada); state != "error" {
			t.Errorf("after it has rung for its time the offer is %q, want it missed", state)
		}
		if n := len(kept(t, dir)); n != len(files) {
			t.Errorf("%d of %d files could be removed after all", len(files)-n, len(files))
		}
		for _, name := range files {
			if err := os.RemoveAll(name); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		answers(t, ada.Do("start-attachment-upload", file("last.png", "image/png", 1)), "one more, when the others are forgotten", 200, "")
	})
}

// silent is where files are kept that answers no removal.
type silent struct {
	blob.Store
	asked atomic.Int64
}

func (s *silent) Delete(ctx context.Context, _ string) error {
	s.asked.Add(1)
	<-ctx.Done()
	return ctx.Err()
}

// Whoever rings waits while a removal is waited for, so that this happens seldom
// however many files there are.
func TestFilesOfAStoreThatDoesNotAnswerHoldUpLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, func(a *config.Attachments) { a.PerChat = 210 })
		files := srv.Centre().Files
		away := &silent{Store: files.Blobs}
		files.Blobs = away
		ada := srv.StartChat("Ada")
		for i := range 210 {
			u := begin(t, ada.Do, fmt.Sprint(i, ".png"), "image/png", len(png))
			answers(t, u.put(srv, png), "put", 200, "")
		}
		time.Sleep(contact.UploadLimit + 6*time.Minute)
		if n := away.asked.Load(); n < 5 || n > 12 {
			t.Errorf("in five minutes it was asked %d times, want one or two in each", n)
		}
	})
}

func TestFilesAreKeptForAsLongAsTheSettingsSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, func(a *config.Attachments) { a.Keep = 2 * time.Hour })
		ada := srv.StartChat("Ada")
		u := attach(t, srv, ada.Do, "a.png", png)
		time.Sleep(2*time.Hour - time.Minute)
		if a := download(t, srv, ada.Do, u.AttachmentID); string(a.Body) != png {
			t.Errorf("a minute before: %d %s", a.Status, a.Body)
		}
		time.Sleep(2 * time.Minute)
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": u.AttachmentID}), "a minute after", 400, "ValidationException")
		if files := kept(t, dir); len(files) > 0 {
			t.Errorf("kept %q", files)
		}
		if got := shown(ada.Transcript()); len(got) != 1 {
			t.Errorf("the transcript has %q", got)
		}
	})
}

// scanner is a program that calls a file that says bad bad, and fails while the
// file of that name is not there where file says wait.
func scanner(ready string) func(*config.Attachments) {
	return func(a *config.Attachments) {
		a.Scanner.Command = []string{"sh", "-c", `
			case "$(cat)" in
			*bad*) exit 1;;
			*wait*) [ -e "$1" ] || exit 2;;
			esac
			[ "$BELLPULL_ATTACHMENT_NAME" != "" ]`, "sh", ready}
	}
}

func TestFilesAreScanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready := filepath.Join(t.TempDir(), "ready")
		srv, dir := withFiles(t, scanner(ready))
		ada, ana := together(srv)
		good := attach(t, srv, ada.Do, "good.png", png)
		bad := attach(t, srv, ada.Do, "bad.png", png+"bad")
		if diff := cmp.Diff([]string{"Ada sent good.png APPROVED", "Ada sent bad.png REJECTED"}, shown(ada.Items())); diff != "" {
			t.Errorf("Ada sees (-want +got)\n%s", diff)
		}
		for who, items := range map[string][]servertest.Item{"socket": ana.Items(ada), "transcript": srv.Transcript(ana.Connection(ada))} {
			if diff := cmp.Diff([]string{"Ada sent good.png APPROVED"}, shown(items)); diff != "" {
				t.Errorf("Ana's %s (-want +got)\n%s", who, diff)
			}
		}
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": bad.AttachmentID}), "get what was rejected", 400, "ValidationException")
		if n := len(kept(t, dir)); n != 1 {
			t.Errorf("%d files are kept, want 1", n)
		}

		// A scanner that fails is asked again, also by the server's successor.
		late := attach(t, srv, ada.Do, "late.png", png+"wait")
		answers(t, late.complete(ada.Do, "complete late.png"), "complete while it is checked", 200, "")
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": late.AttachmentID}), "get what is checked still", 400, "ValidationException")
		srv.Restart()
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if diff := cmp.Diff([]string{"Ada sent good.png APPROVED", "Ada sent late.png APPROVED"}, shown(srv.Transcript(ana.Connection(ada)))); diff != "" {
			t.Errorf("in the end (-want +got)\n%s", diff)
		}
		if a := download(t, srv, agentCaller(srv, ana, ada), good.AttachmentID); string(a.Body) != png {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
	})
}

// What nobody has judged for a day is rejected, and its bytes go.
func TestAFileThatIsNeverScanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, dir := withFiles(t, scanner(filepath.Join(t.TempDir(), "never")))
		ada, _ := together(srv)
		late := attach(t, srv, ada.Do, "late.png", png+"wait")
		if n := len(kept(t, dir)); n != 1 {
			t.Fatalf("%d files are kept while it is scanned, want 1", n)
		}
		srv.Stop()
		time.Sleep(24*time.Hour + time.Minute)
		srv.Start()
		synctest.Wait()
		chat, err := srv.Centre().Chat(t.Context(), contact.ID(ada.Contact))
		if err != nil {
			t.Fatal(err)
		}
		if s := chat.File(contact.FileID(late.AttachmentID)).State; s != contact.Refused {
			t.Errorf("the file is %s", s)
		}
		if all := kept(t, dir); len(all) != 0 {
			t.Errorf("the bytes are kept as %q", all)
		}
	})
}

// What was sent and is not judged when the chat ends is in the transcript all the
// same, and there for the agent once it is.
func TestAFileThatIsScannedWhenTheChatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ready := filepath.Join(t.TempDir(), "ready")
		srv, _ := withFiles(t, scanner(ready))
		ada, ana := together(srv)
		u := attach(t, srv, ada.Do, "late.png", png+"wait")
		token := ana.Connection(ada)
		ada.Leave()
		synctest.Wait()
		if diff := cmp.Diff([]string{"Ada sent late.png IN_PROGRESS"}, shown(ana.Items(ada))); diff != "" {
			t.Errorf("at the end (-want +got)\n%s", diff)
		}
		if err := os.WriteFile(ready, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		items := srv.Transcript(token)
		if diff := cmp.Diff([]string{"Ada sent late.png APPROVED"}, shown(items)); diff != "" {
			t.Errorf("afterwards (-want +got)\n%s", diff)
		}
		if last := items[len(items)-1]; last.String() != "chat.ended" {
			t.Errorf("the last item is %s", last)
		}
		agent := func(operation string, in any) servertest.Answer { return srv.Participant(token, operation, in) }
		if a := download(t, srv, agent, u.AttachmentID); string(a.Body) != png+"wait" {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
	})
}

// A chat that goes on from a past one has its files, too.
func TestFilesOfPastChats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := withFlows(t, lonely, nil, nil)
		first := talk(srv, nil, "one")
		u := attach(t, srv, first.Do, "a.png", png)
		first.Leave()
		second := talk(srv, persistent(contact.EntirePastSession, first))
		if a := download(t, srv, second.Do, u.AttachmentID); string(a.Body) != png {
			t.Errorf("got %d %s", a.Status, a.Body)
		}
		stranger := talk(srv, nil)
		answers(t, stranger.Do("attachment", map[string]any{"AttachmentId": u.AttachmentID}), "get a stranger's", 403, "AccessDeniedException")
	})
}

func TestAServerWithoutAttachments(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, func(a *config.Attachments) { a.Dir = config.None })
		ada := srv.StartChat("Ada")
		answers(t, ada.Do("start-attachment-upload", file("a.png", "image/png", 1)), "start", 400, "ValidationException")
		answers(t, ada.Do("complete-attachment-upload", map[string]any{"AttachmentIds": []string{"a"}, "ClientToken": "x"}), "complete", 400, "ValidationException")
		answers(t, ada.Do("attachment", map[string]any{"AttachmentId": "a"}), "get", 400, "ValidationException")
		if _, types, enabled := srv.Centre().FileLimits(); enabled || len(types) > 0 {
			t.Errorf("the widget would offer %q", types)
		}
	})
}

// Who turns attachments off is still rid of the files that were kept before, where
// it is known where they are.
func TestFilesFromBeforeAttachmentsWereTurnedOff(t *testing.T) {
	begin := func(t *testing.T, dir string, scanner ...string) (*servertest.Server, *config.Config) {
		cfg := config.Default()
		cfg.Limits.Rates = "off"
		cfg.Data = t.TempDir()
		cfg.Attachments.Keep = 2 * time.Hour
		cfg.Attachments.Dir = filepath.Join(cfg.Data, dir)
		cfg.Attachments.Scanner.Command = scanner
		srv := servertest.Open(t, servertest.Options{Config: &cfg})
		attach(t, srv, srv.StartChat("Ada").Do, "a.png", png)
		return srv, &cfg
	}
	after := func(t *testing.T, srv *servertest.Server, d time.Duration, dir string, want int) {
		t.Helper()
		time.Sleep(d)
		synctest.Wait()
		if n := len(kept(t, dir)); n != want {
			t.Errorf("after %v more %d files are kept, want %d", d, n, want)
		}
	}
	t.Run("below data", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, cfg := begin(t, config.AttachmentsName)
			dir := cfg.Attachments.Dir
			cfg.Attachments.Dir = config.None
			srv.Restart()
			after(t, srv, time.Hour, dir, 1)
			after(t, srv, time.Hour, dir, 0)
		})
	})
	t.Run("not judged yet", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, cfg := begin(t, config.AttachmentsName, "sh", "-c", "exit 2")
			dir := cfg.Attachments.Dir
			cfg.Attachments.Dir, cfg.Attachments.Scanner.Command = config.None, nil
			after(t, srv, 0, dir, 1)
			srv.Restart()
			after(t, srv, time.Hour, dir, 0)
		})
	})
	t.Run("elsewhere, until it is named again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, cfg := begin(t, "elsewhere")
			dir := cfg.Attachments.Dir
			cfg.Attachments.Dir = config.None
			srv.Restart()
			after(t, srv, 3*time.Hour, dir, 1)
			cfg.Attachments.Dir, cfg.Attachments.Types = dir, nil
			srv.Restart()
			after(t, srv, 24*time.Hour, dir, 0)
		})
	})
	t.Run("with no types, and the place still named", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			srv, cfg := begin(t, "elsewhere")
			cfg.Attachments.Types = nil
			srv.Restart()
			ada := srv.StartChat("Ada")
			answers(t, ada.Do("start-attachment-upload", file("a.png", "image/png", 1)), "start", 400, "ValidationException")
			if _, _, enabled := srv.Centre().FileLimits(); enabled {
				t.Error("clients would offer to send files")
			}
			after(t, srv, 2*time.Hour, cfg.Attachments.Dir, 0)
		})
	})
}

func TestFileLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv, _ := withFiles(t, func(a *config.Attachments) { a.MaxMegabytes, a.Types = 2, []string{"jpg", "jpeg", "dwg=image/vnd.dwg"} })
		most, types, enabled := srv.Centre().FileLimits()
		if want := []string{"image/jpeg", "image/vnd.dwg"}; most != 2<<20 || !enabled || !slices.Equal(types, want) {
			t.Errorf("got %d %q %v, want %q", most, types, enabled, want)
		}
	})
}

// D2: a page of another origin may put and get.
func TestPreflightOfUploads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := servertest.New(t)
		a := srv.Do(http.MethodOptions, "/attachments/anything", http.Header{
			"Origin": {"https://shop.example"}, "Access-Control-Request-Method": {"PUT"}, "Access-Control-Request-Headers": {"content-disposition,content-type"},
		}, "")
		if a.Status != http.StatusNoContent || a.Header.Get("Access-Control-Allow-Headers") != "content-disposition,content-type" ||
			!strings.Contains(a.Header.Get("Access-Control-Allow-Methods"), "PUT") || a.Header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("got %d %v", a.Status, a.Header)
		}
		answers(t, srv.Do(http.MethodPost, "/attachments/anything", nil, ""), "post", 400, "ValidationException")
	})
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

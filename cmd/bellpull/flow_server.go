package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/seed"
	"github.com/bellpull/bellpull/internal/sigv4"
)

// controlPlane is the control-plane API of a server, about one instance.
type controlPlane struct {
	url, instance, region string
	key                   sigv4.Key
	client                http.Client
}

// callLimit is how long the answer to a call may take.
const callLimit = time.Minute

// addFlags adds the flags that say which server and who calls. What they do not
// say the environment does, and for bellpull dev nothing need be said.
func (c *controlPlane) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&c.instance, "instance", string(seed.DevInstance), "id of the instance")
	c.addCallerFlags(cmd)
}

// addCallerFlags is addFlags for what is not about one instance.
func (c *controlPlane) addCallerFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.url, "url", "", "address of the server (default $AWS_ENDPOINT_URL_CONNECT, or http://127.0.0.1:2355)")
	f.StringVar(&c.region, "region", "", "region to sign for (default $AWS_REGION, or us-west-2)")
	f.StringVar(&c.key.ID, "access-key", "", "access key (default $AWS_ACCESS_KEY_ID, or that of bellpull dev)")
	f.StringVar(&c.key.Secret, "secret", "", "secret of the access key; other users of this machine can see it (default $AWS_SECRET_ACCESS_KEY)")
	cmd.MarkFlagsRequiredTogether("access-key", "secret")
}

// fill completes what the flags left out.
func (c *controlPlane) fill() {
	c.url = strings.TrimRight(cmp.Or(c.url, os.Getenv("AWS_ENDPOINT_URL_CONNECT"), "http://127.0.0.1:2355"), "/")
	c.region = cmp.Or(c.region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION"), "us-west-2")
	switch id := os.Getenv("AWS_ACCESS_KEY_ID"); {
	case c.key.ID != "":
	case id != "":
		c.key = sigv4.Key{ID: id, Secret: os.Getenv("AWS_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("AWS_SESSION_TOKEN")}
	default:
		c.key = sigv4.Key{ID: seed.DevAccessKey, Secret: seed.DevSecret}
	}
	c.client.Timeout = callLimit
}

// refusal is an error that the server answered.
type refusal struct {
	status        int
	name, message string
	problems      []string // of a flow that may not be published
}

func (r *refusal) Error() string {
	if r.message == "" {
		return fmt.Sprintf("%s (status %d)", cmp.Or(r.name, "the server refuses"), r.status)
	}
	return r.name + ": " + r.message
}

// unlisted reports whether the server has no such list. Servers say that in
// different ways.
func (r *refusal) unlisted() bool {
	return r.name == "UnknownOperationException" || strings.Contains(r.message, "not implemented") || r.status == http.StatusNotImplemented
}

// refused reports whether an error is the server's refusal of the given name.
func refused(err error, name string) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.name == name
}

// maxAnswer is how many bytes of an answer are read: all flows of an instance,
// as JSON within JSON.
const maxAnswer = 64 << 20

// call calls an operation; in is nil without a body.
func (c *controlPlane) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	c.key.Sign(r, body, "connect", c.region, time.Now())
	res, err := c.client.Do(r)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return refusalOf(res, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, out)
}

func refusalOf(res *http.Response, answer []byte) *refusal {
	name, _, _ := strings.Cut(res.Header.Get("X-Amzn-Errortype"), ":")
	var body struct {
		Message  string // or message, as encoding/json takes it
		Problems []struct{ Message string }
	}
	_ = json.Unmarshal(answer, &body) // an answer of another form says nothing more
	r := &refusal{status: res.StatusCode, name: name, message: body.Message}
	for _, p := range body.Problems {
		r.problems = append(r.problems, p.Message)
	}
	return r
}

// at returns a path below a collection of the instance. Names are escaped as
// they are signed.
func (c *controlPlane) at(collection string, names ...string) string {
	parts := []string{"", collection, escape(c.instance)}
	for _, name := range names {
		parts = append(parts, escape(name))
	}
	return strings.Join(parts, "/")
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// list reads all pages of a list.
func list[T any](ctx context.Context, c *controlPlane, path, member string) (all []T, err error) {
	sep := "?"
	if strings.Contains(path, "?") {
		sep = "&"
	}
	for next := ""; ; {
		query := ""
		if next != "" {
			query = sep + "nextToken=" + escape(next)
		}
		var page map[string]json.RawMessage
		if err := c.call(ctx, http.MethodGet, path+query, nil, &page); err != nil {
			return nil, err
		}
		var some []T
		if raw := page[member]; raw != nil {
			if err := json.Unmarshal(raw, &some); err != nil {
				return nil, err
			}
		}
		all = append(all, some...)
		next = ""
		if raw := page["NextToken"]; raw != nil {
			if err := json.Unmarshal(raw, &next); err != nil {
				return nil, err
			}
		}
		if next == "" {
			return all, nil
		}
	}
}

// shelf is where the API keeps flows of one sort: flows, or flow modules.
type shelf struct {
	what, summary, list, path, one string
	module                         bool
}

var shelves = []shelf{
	{what: "module", summary: "contact-flow-modules-summary", list: "ContactFlowModulesSummaryList", path: "contact-flow-modules", one: "ContactFlowModule", module: true},
	{what: "flow", summary: "contact-flows-summary", list: "ContactFlowSummaryList", path: "contact-flows", one: "ContactFlow"},
}

// resource is something that an instance has.
type resource struct {
	ARN      string `json:"Arn"`
	ID       string `json:"Id"`
	Name     string
	Username string
	Type     flow.Type `json:"ContactFlowType"`
}

// catalogue is what an instance has, kind by kind, read when it is asked for.
type catalogue struct {
	server *controlPlane
	known  map[flow.ResourceKind][]resource
}

// of returns all of a kind. listed is false where the server does not tell.
func (c *catalogue) of(ctx context.Context, kind flow.ResourceKind) (all []resource, listed bool, err error) {
	all, known := c.known[kind]
	if !known {
		all, err = c.server.resources(ctx, kind)
		switch r, ok := errors.AsType[*refusal](err); {
		case ok && r.unlisted():
			all, err = nil, nil
		case err == nil && all == nil:
			all = []resource{}
		}
		if err != nil {
			return nil, false, fmt.Errorf("list each %s: %w", kind, err)
		}
		c.known[kind] = all
	}
	return all, all != nil, nil
}

func (c *controlPlane) resources(ctx context.Context, kind flow.ResourceKind) (all []resource, err error) {
	switch kind {
	case flow.LambdaResource:
		arns, err := list[string](ctx, c, c.at("instance", "lambda-functions"), "LambdaFunctions")
		for _, arn := range arns {
			all = append(all, resource{ARN: arn, ID: arn, Name: functionName(arn)})
		}
		return all, err
	case flow.BotResource:
		bots, err := list[struct{ LexV2Bot struct{ AliasArn string } }](ctx, c, c.at("instance", "bots")+"?lexVersion=V2", "LexBots")
		for _, b := range bots {
			all = append(all, resource{ARN: b.LexV2Bot.AliasArn, ID: b.LexV2Bot.AliasArn})
		}
		return all, err
	default:
		path, ok := summaries[kind]
		if !ok {
			return nil, nil
		}
		return list[resource](ctx, c, c.at(path[0]), path[1])
	}
}

// summaries are where kinds of resources are listed, and under which name.
var summaries = map[flow.ResourceKind][2]string{
	flow.QueueResource:  {"queues-summary", "QueueSummaryList"},
	flow.AgentResource:  {"users-summary", "UserSummaryList"},
	flow.HoursResource:  {"hours-of-operations-summary", "HoursOfOperationSummaryList"},
	flow.FlowResource:   {shelves[1].summary, shelves[1].list},
	flow.ModuleResource: {shelves[0].summary, shelves[0].list},
	flow.PromptResource: {"prompts-summary", "PromptSummaryList"},
	flow.ViewResource:   {"views", "ViewsSummaryList"},
}

// functionName returns the name of a function: what follows :function: in its
// ARN, without version or alias.
func functionName(arn string) string {
	_, name, _ := strings.Cut(arn, ":function:")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// qualifier returns what stands behind an id, such as the alias of a module or
// a function, with its colon.
func (r reference) qualifier() string {
	tail := r.ref[strings.LastIndexByte(r.ref, '/')+1:]
	if r.kind == flow.LambdaResource {
		_, tail, _ = strings.Cut(r.ref, ":function:")
	}
	if i := strings.IndexByte(tail, ':'); i >= 0 && r.kind != flow.BotResource {
		return tail[i:]
	}
	return ""
}

// among returns what the reference is here: itself, or that of something with
// the same id, or else with the same name.
func (r reference) among(all []resource) (ref string, found bool) {
	name := r.name
	if r.kind == flow.LambdaResource {
		name = functionName(r.ref)
	}
	bare := strings.TrimSuffix(r.ref, r.qualifier())
	tests := []func(resource) bool{
		func(have resource) bool { return have.ARN == bare || have.ID == bare },
		func(have resource) bool { return have.ID == directory.BareID(r.ref) },
		func(have resource) bool { return name != "" && (have.Name == name || have.Username == name) },
	}
	for _, fits := range tests {
		i := slices.IndexFunc(all, fits)
		switch {
		case i < 0:
		case all[i].ID == bare:
			return r.ref, true
		default:
			return all[i].ARN + r.qualifier(), true
		}
	}
	return r.ref, false
}

package deskapi

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// quickResponse is a quick response as pages expect those of the service. Content
// is our own.
type quickResponse struct {
	ARN              string                   `json:"quickResponseArn"`
	ID               string                   `json:"quickResponseId"`
	KnowledgeBaseARN string                   `json:"knowledgeBaseArn"`
	KnowledgeBaseID  string                   `json:"knowledgeBaseId"`
	Name             string                   `json:"name"`
	Description      string                   `json:"description,omitempty"`
	ShortcutKey      string                   `json:"shortcutKey,omitempty"`
	ContentType      string                   `json:"contentType"`
	Contents         map[string]quickContents `json:"contents"`
	Status           string                   `json:"status"`
	IsActive         bool                     `json:"isActive"`
	Channels         []string                 `json:"channels"`
	NotInterpolated  []string                 `json:"attributesNotInterpolated"`
	Interpolated     []string                 `json:"attributesInterpolated"`
	Content          string                   `json:"content"`
}

type quickContents struct {
	Content string `json:"content"`
}

// placeholder is what the desk fills.
var placeholder = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\{\{\s*([^{}]*?)\s*\}\}`)
})

func quickResponseOf(in *directory.Instance, q *directory.QuickResponse) quickResponse {
	base := "arn:aws:wisdom:" + in.Region + ":" + in.AccountID + ":"
	out := quickResponse{
		ARN: base + "quick-response/" + string(in.ID) + "/" + string(q.ID), ID: string(q.ID),
		KnowledgeBaseARN: base + "knowledge-base/" + string(in.ID), KnowledgeBaseID: string(in.ID),
		Name: q.Name, Description: q.Description, ShortcutKey: q.Shortcut,
		ContentType: "application/x.quickresponse;format=plain",
		Contents:    map[string]quickContents{"plainText": {q.Content}},
		Status:      "CREATED", IsActive: !q.Disabled, Channels: []string{"Chat"},
		NotInterpolated: []string{}, Interpolated: []string{}, Content: q.Content,
	}
	if q.Markdown {
		out.ContentType = "application/x.quickresponse;format=markdown"
		out.Contents["markdown"] = quickContents{q.Content}
	}
	for _, found := range placeholder().FindAllStringSubmatch(q.Content, -1) {
		if !slices.Contains(out.NotInterpolated, found[1]) {
			out.NotInterpolated = append(out.NotInterpolated, found[1])
		}
	}
	return out
}

// qrIntegrationExists says whether there are quick responses.
func (a *API) qrIntegrationExists(_ context.Context, who caller, _ []byte) (any, error) {
	return len(who.dir.QuickResponses) > 0, nil
}

// The sizes of pages of quick responses.
const (
	quickResponses    = 25
	maxQuickResponses = 100
)

// qrSearchQuickResponses finds quick responses for the caller.
func (a *API) qrSearchQuickResponses(_ context.Context, who caller, body []byte) (any, error) {
	var in struct {
		Query      string `json:"query"`
		NextToken  string `json:"nextToken"`
		MaxResults int    `json:"maxResults"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	most, from := quickResponses, 0
	if in.MaxResults > 0 {
		most = min(in.MaxResults, maxQuickResponses)
	}
	if in.NextToken != "" {
		var err error
		if from, err = strconv.Atoi(in.NextToken); err != nil || from < 0 {
			return nil, fault.Newf(fault.Invalid, "nextToken: is none that was given out")
		}
	}
	found := who.dir.FindQuickResponses(who.user, in.Query)
	out := struct {
		Results   []quickResponse `json:"results"`
		NextToken *string         `json:"nextToken"`
	}{Results: []quickResponse{}}
	for _, q := range found[min(from, len(found)):min(from+most, len(found))] {
		out.Results = append(out.Results, quickResponseOf(&who.dir.Instance, q))
	}
	if from+most < len(found) {
		out.NextToken = new(strconv.Itoa(from + most))
	}
	return out, nil
}

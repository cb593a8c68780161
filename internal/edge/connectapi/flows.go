package connectapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/flow"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func (a *API) serveFlows(s *awshttp.Service) {
	awshttp.Handle(s, &connect.CreateContactFlow, a.CreateContactFlow)
	awshttp.Handle(s, &connect.DescribeContactFlow, a.DescribeContactFlow)
	awshttp.Handle(s, &connect.ListContactFlows, a.ListContactFlows)
	awshttp.Handle(s, &connect.SearchContactFlows, a.SearchContactFlows)
	awshttp.Handle(s, &connect.UpdateContactFlowContent, a.UpdateContactFlowContent)
	awshttp.Handle(s, &connect.UpdateContactFlowMetadata, a.UpdateContactFlowMetadata)
	awshttp.Handle(s, &connect.UpdateContactFlowName, a.UpdateContactFlowName)
	awshttp.Handle(s, &connect.DeleteContactFlow, a.DeleteContactFlow)
	awshttp.Handle(s, &connect.CreateContactFlowVersion, a.CreateContactFlowVersion)
	awshttp.Handle(s, &connect.ListContactFlowVersions, a.ListContactFlowVersions)
	awshttp.Handle(s, &connect.DeleteContactFlowVersion, a.DeleteContactFlowVersion)
}

// The sizes of pages for which a request does not say how many it wants.
const (
	usualPage = 100
	smallPage = 25
)

// CreateContactFlow answers PUT /contact-flows/{InstanceId}.
func (a *API) CreateContactFlow(ctx context.Context, in *connect.CreateContactFlowRequest) (*connect.CreateContactFlowResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	id, err := a.admin.CreateFlow(ctx, dir.Instance.ID, admin.Flows, directory.Flow{
		Name: in.Name, Type: in.Type, Description: in.Description, Content: in.Content, Tags: in.Tags,
	}, in.Status == saved, "")
	if err != nil {
		return nil, flowRefusal(err)
	}
	return &connect.CreateContactFlowResponse{
		ContactFlowArn:    dir.Instance.ARN("contact-flow", string(id)),
		ContactFlowId:     string(id),
		FlowContentSha256: admin.Sum(in.Content),
	}, nil
}

// flowRefusal names content that may not be published as the service does.
func flowRefusal(err error) error {
	if r, ok := errors.AsType[*admin.Refused](err); ok {
		return &connect.InvalidContactFlowException{Message: problemCount(r.Problems), Problems: problems(r.Problems)}
	}
	return err
}

func problemCount(p flow.Problems) string {
	if len(p) == 1 {
		return "The content has a problem"
	}
	return fmt.Sprintf("The content has %d problems", len(p))
}

// The service's model has at most so many problems of so many characters.
const (
	maxProblems       = 50
	maxProblemMessage = 256
)

func problems(from flow.Problems) []connect.ProblemDetail {
	out := make([]connect.ProblemDetail, 0, min(len(from), maxProblems))
	for _, p := range from[:cap(out)] {
		text := p.Message
		if p.Detail != "" {
			text += " (" + p.Detail + ")"
		}
		if utf8.RuneCountInString(text) > maxProblemMessage {
			text = string([]rune(text)[:maxProblemMessage-1]) + "…"
		}
		out = append(out, connect.ProblemDetail{Message: text})
	}
	return out
}

// DescribeContactFlow answers GET /contact-flows/{InstanceId}/{ContactFlowId}.
func (a *API) DescribeContactFlow(_ context.Context, in *connect.DescribeContactFlowRequest) (*connect.DescribeContactFlowResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	ref := admin.ParseRef(in.ContactFlowId)
	f, err := admin.Flows.Find(dir, ref.ID)
	if err != nil {
		return nil, err
	}
	content, err := admin.Pick(f, ref.Qualifier)
	if errors.Is(err, admin.ErrNotPublished) {
		return nil, &connect.ContactFlowNotPublishedException{Message: "The flow has not been published"}
	}
	if err != nil {
		return nil, err
	}
	out := wireFlow(dir, f)
	out.Content, out.FlowContentSha256, out.Status = content.Text, admin.Sum(content.Text), published
	if content.Draft {
		out.Status = saved
	}
	if v := content.Version; v != nil {
		out.Version, out.VersionDescription, out.LastModifiedTime = new(v.Number), v.Description, v.Created
	}
	return &connect.DescribeContactFlowResponse{ContactFlow: out}, nil
}

// The states and statuses of flows and modules.
const (
	published = "PUBLISHED"
	saved     = "SAVED"
	active    = "ACTIVE"
	archived  = "ARCHIVED"
)

// flowStatus says whether anything has been published.
func flowStatus(f *directory.Flow) string {
	if f.Content == "" {
		return saved
	}
	return published
}

func flowState(f *directory.Flow) string {
	if f.Archived {
		return archived
	}
	return active
}

// wireFlow returns what the API shows of a flow besides its content.
func wireFlow(dir *directory.Directory, f *directory.Flow) *connect.ContactFlow {
	return &connect.ContactFlow{
		Arn:                dir.Instance.ARN("contact-flow", string(f.ID)),
		Description:        f.Description,
		Id:                 string(f.ID),
		LastModifiedRegion: dir.Instance.Region,
		LastModifiedTime:   f.Modified,
		Name:               f.Name,
		State:              flowState(f),
		Status:             flowStatus(f),
		Tags:               wireTags(f),
		Type:               f.Type,
	}
}

// wireTags returns the tags of a flow, which are sent also where there are none.
func wireTags(f *directory.Flow) map[string]string {
	if f.Tags == nil {
		return map[string]string{}
	}
	return f.Tags
}

// ListContactFlows answers GET /contact-flows-summary/{InstanceId}.
func (a *API) ListContactFlows(_ context.Context, in *connect.ListContactFlowsRequest) (*connect.ListContactFlowsResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	found := admin.Flows.List(dir, func(f *directory.Flow) bool {
		return len(in.ContactFlowTypes) == 0 || slices.Contains(in.ContactFlowTypes, f.Type)
	})
	found, next, err := page(found, admin.Place, in.MaxResults, usualPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactFlowsResponse{NextToken: next}
	for _, f := range found {
		out.ContactFlowSummaryList = append(out.ContactFlowSummaryList, connect.ContactFlowSummary{
			Arn:               dir.Instance.ARN("contact-flow", string(f.ID)),
			ContactFlowState:  flowState(f),
			ContactFlowStatus: flowStatus(f),
			ContactFlowType:   f.Type,
			Id:                string(f.ID),
			Name:              f.Name,
		})
	}
	return out, nil
}

// SearchContactFlows answers POST /search-contact-flows. What it finds comes
// without content. See docs/fidelity.md#flows.
func (a *API) SearchContactFlows(_ context.Context, in *connect.SearchContactFlowsRequest) (*connect.SearchContactFlowsResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	criteria, err := flowCriteria(in.SearchCriteria)
	if err != nil {
		return nil, err
	}
	found := admin.Flows.List(dir, all(criteria, flowFilter(in.SearchFilter)))
	out := &connect.SearchContactFlowsResponse{ApproximateTotalCount: new(int64(len(found)))}
	if found, out.NextToken, err = page(found, admin.Place, in.MaxResults, usualPage, in.NextToken); err != nil {
		return nil, err
	}
	for _, f := range found {
		out.ContactFlows = append(out.ContactFlows, *wireFlow(dir, f))
	}
	return out, nil
}

// UpdateContactFlowContent answers POST
// /contact-flows/{InstanceId}/{ContactFlowId}/content.
func (a *API) UpdateContactFlowContent(ctx context.Context, in *connect.UpdateContactFlowContentRequest) (*connect.UpdateContactFlowContentResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, flowRefusal(a.admin.UpdateContent(ctx, dir.Instance.ID, admin.Flows, admin.ParseRef(in.ContactFlowId), in.Content, nil))
}

// UpdateContactFlowMetadata answers POST
// /contact-flows/{InstanceId}/{ContactFlowId}/metadata.
func (a *API) UpdateContactFlowMetadata(ctx context.Context, in *connect.UpdateContactFlowMetadataRequest) (*connect.UpdateContactFlowMetadataResponse, error) {
	return nil, a.updateAbout(ctx, in.InstanceId, admin.Flows, in.ContactFlowId, in.Name, given(in.Description), in.ContactFlowState)
}

// UpdateContactFlowName answers POST
// /contact-flows/{InstanceId}/{ContactFlowId}/name.
func (a *API) UpdateContactFlowName(ctx context.Context, in *connect.UpdateContactFlowNameRequest) (*connect.UpdateContactFlowNameResponse, error) {
	return nil, a.updateAbout(ctx, in.InstanceId, admin.Flows, in.ContactFlowId, in.Name, given(in.Description), "")
}

// given returns text that counts as absent when it is empty.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (a *API) updateAbout(ctx context.Context, instance string, s admin.Shelf, id, name string, description *string, state string) error {
	dir, err := a.instance(instance)
	if err != nil {
		return err
	}
	to := admin.About{Name: name, Description: description}
	if state != "" {
		to.Archived = new(state == archived)
	}
	return a.admin.UpdateAbout(ctx, dir.Instance.ID, s, admin.ParseRef(id).ID, to)
}

// DeleteContactFlow answers DELETE /contact-flows/{InstanceId}/{ContactFlowId}.
func (a *API) DeleteContactFlow(ctx context.Context, in *connect.DeleteContactFlowRequest) (*connect.DeleteContactFlowResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteFlow(ctx, dir.Instance.ID, admin.Flows, admin.ParseRef(in.ContactFlowId))
}

// CreateContactFlowVersion answers PUT
// /contact-flows/{InstanceId}/{ContactFlowId}/version.
func (a *API) CreateContactFlowVersion(ctx context.Context, in *connect.CreateContactFlowVersionRequest) (*connect.CreateContactFlowVersionResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	v := admin.NewVersion{Description: in.Description, Sum: in.FlowContentSha256}
	if in.ContactFlowVersion != nil {
		v.Number = *in.ContactFlowVersion
	}
	ref := admin.ParseRef(in.ContactFlowId)
	n, err := a.admin.CreateVersion(ctx, dir.Instance.ID, admin.Flows, ref, v)
	if err != nil {
		return nil, err
	}
	return &connect.CreateContactFlowVersionResponse{ContactFlowArn: dir.Instance.ARN("contact-flow", string(ref.ID)), Version: &n}, nil
}

// ListContactFlowVersions answers GET
// /contact-flows/{InstanceId}/{ContactFlowId}/versions.
func (a *API) ListContactFlowVersions(_ context.Context, in *connect.ListContactFlowVersionsRequest) (*connect.ListContactFlowVersionsResponse, error) {
	dir, f, versions, next, err := a.versions(in.InstanceId, admin.Flows, in.ContactFlowId, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactFlowVersionsResponse{NextToken: next}
	for _, v := range versions {
		out.ContactFlowVersionSummaryList = append(out.ContactFlowVersionSummaryList, connect.ContactFlowVersionSummary{
			Arn:                fmt.Sprintf("%s:%d", dir.Instance.ARN("contact-flow", string(f.ID)), v.Number),
			Version:            new(v.Number),
			VersionDescription: v.Description,
		})
	}
	return out, nil
}

// versions returns a page of the versions of a flow or module, oldest first.
func (a *API) versions(instance string, s admin.Shelf, id string, size *int32, token string) (*directory.Directory, *directory.Flow, []directory.FlowVersion, string, error) {
	dir, err := a.instance(instance)
	if err != nil {
		return nil, nil, nil, "", err
	}
	f, err := s.Find(dir, admin.ParseRef(id).ID)
	if err != nil {
		return nil, nil, nil, "", err
	}
	place := func(v directory.FlowVersion) string { return fmt.Sprintf("%019d", v.Number) }
	part, next, err := page(admin.Versions(f), place, size, usualPage, token)
	return dir, f, part, next, err
}

// DeleteContactFlowVersion answers DELETE
// /contact-flows/{InstanceId}/{ContactFlowId}/version/{ContactFlowVersion}.
func (a *API) DeleteContactFlowVersion(ctx context.Context, in *connect.DeleteContactFlowVersionRequest) (*connect.DeleteContactFlowVersionResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteVersion(ctx, dir.Instance.ID, admin.Flows, admin.ParseRef(in.ContactFlowId).ID, *in.ContactFlowVersion)
}

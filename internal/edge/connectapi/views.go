package connectapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func (a *API) serveViews(s *awshttp.Service) {
	awshttp.Handle(s, &connect.CreateView, a.CreateView)
	awshttp.Handle(s, &connect.DescribeView, a.DescribeView)
	awshttp.Handle(s, &connect.ListViews, a.ListViews)
	awshttp.Handle(s, &connect.SearchViews, a.SearchViews)
	awshttp.Handle(s, &connect.UpdateViewContent, a.UpdateViewContent)
	awshttp.Handle(s, &connect.UpdateViewMetadata, a.UpdateViewMetadata)
	awshttp.Handle(s, &connect.DeleteView, a.DeleteView)
	awshttp.Handle(s, &connect.CreateViewVersion, a.CreateViewVersion)
	awshttp.Handle(s, &connect.ListViewVersions, a.ListViewVersions)
	awshttp.Handle(s, &connect.DeleteViewVersion, a.DeleteViewVersion)
}

// CreateView answers PUT /views/{InstanceId}.
func (a *API) CreateView(ctx context.Context, in *connect.CreateViewRequest) (*connect.CreateViewResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	draft := admin.Draft(in.Status == saved)
	v, err := a.admin.CreateView(ctx, dir.Instance.ID, directory.View{
		Name: in.Name, Description: in.Description, Tags: in.Tags,
	}, viewContent(in.Content), draft, in.ClientToken)
	if errors.Is(err, admin.ErrTokenUsed) {
		return nil, fault.Newf(fault.Conflict, "ClientToken: %v", err)
	}
	if err != nil {
		return nil, err
	}
	return &connect.CreateViewResponse{View: wireView(dir, v, v.Put(bool(draft)))}, nil
}

func viewContent(in *connect.ViewInputContent) directory.ViewContent {
	return directory.ViewContent{Template: in.Template, Actions: in.Actions}
}

// wireView returns a view with one of its contents; without one it shows none.
func wireView(dir *directory.Directory, v *directory.View, content *directory.ViewContent) *connect.View {
	out := &connect.View{
		Arn: dir.Instance.ViewARN(v), Id: string(v.ID), Name: v.Name, Description: v.Description, Type: viewType(v), Status: viewStatus(v),
		Tags: v.Tags, CreatedTime: v.Created, LastModifiedTime: v.Modified,
	}
	if content == nil {
		return out
	}
	out.Content = &connect.ViewContent{Template: content.Template, Actions: content.Actions, InputSchema: content.Schema}
	out.ViewContentSha256 = content.Sum()
	if out.Status = published; content == v.Saved {
		out.Status = saved
	}
	return out
}

func viewType(v *directory.View) string {
	if v.Managed {
		return "AWS_MANAGED"
	}
	return "CUSTOMER_MANAGED"
}

// viewStatus says whether anything has been published.
func viewStatus(v *directory.View) string {
	if v.Content == nil {
		return saved
	}
	return published
}

// view returns a view and what of it is meant.
func (a *API) view(instance, name string) (*directory.Directory, *directory.View, admin.ViewRef, error) {
	ref := admin.ParseViewRef(name)
	dir, err := a.instance(instance)
	if err != nil {
		return nil, nil, ref, err
	}
	v, err := admin.FindView(dir, ref.ID)
	return dir, v, ref, err
}

// unqualified refuses a reference to one of a view's contents where the view
// as such is meant.
func unqualified(ref admin.ViewRef) error {
	if ref.Qualifier != "" && ref.Qualifier != admin.Latest && ref.Qualifier != admin.Saved {
		return fault.Newf(fault.Invalid, "ViewId: a version cannot be changed")
	}
	return nil
}

// DescribeView answers GET /views/{InstanceId}/{ViewId}.
func (a *API) DescribeView(_ context.Context, in *connect.DescribeViewRequest) (*connect.DescribeViewResponse, error) {
	dir, v, ref, err := a.view(in.InstanceId, in.ViewId)
	if err != nil {
		return nil, err
	}
	content, err := admin.PickView(dir, v, ref.Qualifier)
	if err != nil {
		return nil, err
	}
	out := wireView(dir, v, content)
	for _, version := range v.Versions {
		if fmt.Sprint(version.Number) == ref.Qualifier {
			out.Version, out.VersionDescription = &version.Number, version.Description
		}
	}
	return &connect.DescribeViewResponse{View: out}, nil
}

// ListViews answers GET /views/{InstanceId}.
func (a *API) ListViews(_ context.Context, in *connect.ListViewsRequest) (*connect.ListViewsResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	found := admin.Views(dir, func(v *directory.View) bool { return in.Type == "" || in.Type == viewType(v) })
	found, next, err := page(found, admin.ViewPlace, in.MaxResults, usualPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListViewsResponse{NextToken: next}
	for _, v := range found {
		out.ViewsSummaryList = append(out.ViewsSummaryList, connect.ViewSummary{
			Arn: dir.Instance.ViewARN(v), Description: v.Description, Id: string(v.ID), Name: v.Name, Status: viewStatus(v), Type: viewType(v),
		})
	}
	return out, nil
}

// SearchViews answers POST /search-views. What it finds comes without content.
func (a *API) SearchViews(_ context.Context, in *connect.SearchViewsRequest) (*connect.SearchViewsResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	match, err := viewCriteria(in.SearchCriteria)
	if err != nil {
		return nil, err
	}
	if in.SearchFilter != nil {
		match = allViews(match, likeFlows(attributeFilter(in.SearchFilter.AttributeFilter)))
	}
	found := admin.Views(dir, match)
	out := &connect.SearchViewsResponse{ApproximateTotalCount: new(int64(len(found)))}
	if found, out.NextToken, err = page(found, admin.ViewPlace, in.MaxResults, usualPage, in.NextToken); err != nil {
		return nil, err
	}
	for _, v := range found {
		out.Views = append(out.Views, *wireView(dir, v, nil))
	}
	return out, nil
}

// UpdateViewContent answers POST /views/{InstanceId}/{ViewId}.
func (a *API) UpdateViewContent(ctx context.Context, in *connect.UpdateViewContentRequest) (*connect.UpdateViewContentResponse, error) {
	dir, _, ref, err := a.view(in.InstanceId, in.ViewId)
	if err == nil {
		err = unqualified(ref)
	}
	if err != nil {
		return nil, err
	}
	draft := in.Status == saved
	v, err := a.admin.UpdateViewContent(ctx, dir.Instance.ID, ref.ID, viewContent(in.Content), admin.Draft(draft))
	if err != nil {
		return nil, err
	}
	return &connect.UpdateViewContentResponse{View: wireView(dir, v, v.Put(draft))}, nil
}

// UpdateViewMetadata answers POST /views/{InstanceId}/{ViewId}/metadata.
func (a *API) UpdateViewMetadata(ctx context.Context, in *connect.UpdateViewMetadataRequest) (*connect.UpdateViewMetadataResponse, error) {
	dir, _, ref, err := a.view(in.InstanceId, in.ViewId)
	if err == nil {
		err = unqualified(ref)
	}
	if err != nil {
		return nil, err
	}
	return nil, a.admin.UpdateViewAbout(ctx, dir.Instance.ID, ref.ID, in.Name, in.Description)
}

// DeleteView answers DELETE /views/{InstanceId}/{ViewId}.
func (a *API) DeleteView(ctx context.Context, in *connect.DeleteViewRequest) (*connect.DeleteViewResponse, error) {
	dir, _, ref, err := a.view(in.InstanceId, in.ViewId)
	if err == nil {
		err = unqualified(ref)
	}
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteView(ctx, dir.Instance.ID, ref.ID)
}

// CreateViewVersion answers PUT /views/{InstanceId}/{ViewId}/versions.
func (a *API) CreateViewVersion(ctx context.Context, in *connect.CreateViewVersionRequest) (*connect.CreateViewVersionResponse, error) {
	dir, _, ref, err := a.view(in.InstanceId, in.ViewId)
	if err == nil {
		err = unqualified(ref)
	}
	if err != nil {
		return nil, err
	}
	v, err := a.admin.CreateViewVersion(ctx, dir.Instance.ID, ref.ID, in.VersionDescription, in.ViewContentSha256)
	if err != nil {
		return nil, err
	}
	version := v.Versions[len(v.Versions)-1]
	out := wireView(dir, v, &version.Content)
	out.Version, out.VersionDescription = &version.Number, version.Description
	return &connect.CreateViewVersionResponse{View: out}, nil
}

// ListViewVersions answers GET /views/{InstanceId}/{ViewId}/versions.
func (a *API) ListViewVersions(_ context.Context, in *connect.ListViewVersionsRequest) (*connect.ListViewVersionsResponse, error) {
	dir, v, _, err := a.view(in.InstanceId, in.ViewId)
	if err != nil {
		return nil, err
	}
	place := func(v directory.ViewVersion) string { return fmt.Sprintf("%010d", v.Number) }
	versions, next, err := page(admin.ViewVersions(v), place, in.MaxResults, usualPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListViewVersionsResponse{NextToken: next}
	for _, version := range versions {
		out.ViewVersionSummaryList = append(out.ViewVersionSummaryList, connect.ViewVersionSummary{
			Arn: fmt.Sprintf("%s:%d", dir.Instance.ViewARN(v), version.Number), Description: v.Description, Id: string(v.ID), Name: v.Name,
			Type: viewType(v), Version: &version.Number, VersionDescription: version.Description,
		})
	}
	return out, nil
}

// DeleteViewVersion answers DELETE
// /views/{InstanceId}/{ViewId}/versions/{ViewVersion}.
func (a *API) DeleteViewVersion(ctx context.Context, in *connect.DeleteViewVersionRequest) (*connect.DeleteViewVersionResponse, error) {
	dir, _, ref, err := a.view(in.InstanceId, in.ViewId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteViewVersion(ctx, dir.Instance.ID, ref.ID, *in.ViewVersion)
}

// viewMatcher is matcher for views.
type viewMatcher func(*directory.View) bool

// likeFlows searches views by what they have in common with flows.
func likeFlows(m matcher) viewMatcher {
	return func(v *directory.View) bool {
		return m(&directory.Flow{ID: contact.FlowID(v.ID), Name: v.Name, Description: v.Description, Tags: v.Tags})
	}
}

func allViews(these ...viewMatcher) viewMatcher {
	return func(v *directory.View) bool {
		for _, m := range these {
			if !m(v) {
				return false
			}
		}
		return true
	}
}

// viewCriteria translates criteria; all that is given in one of them must hold.
func viewCriteria(c *connect.ViewSearchCriteria) (viewMatcher, error) {
	if c == nil {
		return likeFlows(everything), nil
	}
	text, err := textCondition(c.StringCondition)
	if err != nil {
		return nil, err
	}
	must := []viewMatcher{likeFlows(text), func(v *directory.View) bool {
		return (c.ViewTypeCondition == "" || c.ViewTypeCondition == viewType(v)) &&
			(c.ViewStatusCondition == "" || c.ViewStatusCondition == viewStatus(v))
	}}
	for i := range c.AndConditions {
		m, err := viewCriteria(&c.AndConditions[i])
		if err != nil {
			return nil, err
		}
		must = append(must, m)
	}
	var or []viewMatcher
	for i := range c.OrConditions {
		m, err := viewCriteria(&c.OrConditions[i])
		if err != nil {
			return nil, err
		}
		or = append(or, m)
	}
	if len(or) > 0 {
		must = append(must, func(v *directory.View) bool {
			for _, m := range or {
				if m(v) {
					return true
				}
			}
			return false
		})
	}
	return allViews(must...), nil
}

// attributeFilter translates a filter by tags.
func attributeFilter(c *connect.ControlPlaneAttributeFilter) matcher {
	if c == nil {
		return everything
	}
	m := tagged(c.TagCondition)
	if c.AndCondition != nil {
		m = all(m, allTagged(c.AndCondition.TagConditions))
	}
	var or []matcher
	for _, and := range c.OrConditions {
		or = append(or, allTagged(and.TagConditions))
	}
	return all(m, some(or))
}

package connectapi

import (
	"context"
	"errors"
	"fmt"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func (a *API) serveModules(s *awshttp.Service) {
	awshttp.Handle(s, &connect.CreateContactFlowModule, a.CreateContactFlowModule)
	awshttp.Handle(s, &connect.DescribeContactFlowModule, a.DescribeContactFlowModule)
	awshttp.Handle(s, &connect.ListContactFlowModules, a.ListContactFlowModules)
	awshttp.Handle(s, &connect.SearchContactFlowModules, a.SearchContactFlowModules)
	awshttp.Handle(s, &connect.UpdateContactFlowModuleContent, a.UpdateContactFlowModuleContent)
	awshttp.Handle(s, &connect.UpdateContactFlowModuleMetadata, a.UpdateContactFlowModuleMetadata)
	awshttp.Handle(s, &connect.DeleteContactFlowModule, a.DeleteContactFlowModule)
	awshttp.Handle(s, &connect.CreateContactFlowModuleVersion, a.CreateContactFlowModuleVersion)
	awshttp.Handle(s, &connect.ListContactFlowModuleVersions, a.ListContactFlowModuleVersions)
	awshttp.Handle(s, &connect.DeleteContactFlowModuleVersion, a.DeleteContactFlowModuleVersion)
	awshttp.Handle(s, &connect.CreateContactFlowModuleAlias, a.CreateContactFlowModuleAlias)
	awshttp.Handle(s, &connect.DescribeContactFlowModuleAlias, a.DescribeContactFlowModuleAlias)
	awshttp.Handle(s, &connect.UpdateContactFlowModuleAlias, a.UpdateContactFlowModuleAlias)
	awshttp.Handle(s, &connect.DeleteContactFlowModuleAlias, a.DeleteContactFlowModuleAlias)
	awshttp.Handle(s, &connect.ListContactFlowModuleAliases, a.ListContactFlowModuleAliases)
}

// moduleARN returns the ARN of a module.
func moduleARN(dir *directory.Directory, f *directory.Flow) string {
	return dir.Instance.ARN("flow-module", string(f.ID))
}

// CreateContactFlowModule answers PUT /contact-flow-modules/{InstanceId}. A
// module is published at once.
func (a *API) CreateContactFlowModule(ctx context.Context, in *connect.CreateContactFlowModuleRequest) (*connect.CreateContactFlowModuleResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	if x := in.ExternalInvocationConfiguration; x != nil && x.Enabled != nil && *x.Enabled {
		return nil, fault.Newf(fault.Invalid, "ExternalInvocationConfiguration is not implemented by this server")
	}
	id, err := a.admin.CreateFlow(ctx, dir.Instance.ID, admin.Modules, directory.Flow{
		Name: in.Name, Description: text(in.Description), Content: in.Content, Settings: in.Settings, Tags: in.Tags,
	}, false, in.ClientToken)
	if errors.Is(err, admin.ErrTokenUsed) {
		return nil, &connect.IdempotencyException{Message: "The ClientToken has been used for another request"}
	}
	if err != nil {
		return nil, moduleRefusal(err)
	}
	return &connect.CreateContactFlowModuleResponse{Arn: dir.Instance.ARN("flow-module", string(id)), Id: string(id)}, nil
}

// moduleRefusal is flowRefusal for modules.
func moduleRefusal(err error) error {
	if r, ok := errors.AsType[*admin.Refused](err); ok {
		return &connect.InvalidContactFlowModuleException{Message: problemCount(r.Problems), Problems: problems(r.Problems)}
	}
	return err
}

// text returns a text that may be absent.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// module returns a module and where it is kept.
func (a *API) module(instance, id string) (*directory.Directory, *directory.Flow, error) {
	dir, err := a.instance(instance)
	if err != nil {
		return nil, nil, err
	}
	f, err := admin.Modules.Find(dir, admin.ParseRef(id).ID)
	return dir, f, err
}

// DescribeContactFlowModule answers GET
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}.
func (a *API) DescribeContactFlowModule(_ context.Context, in *connect.DescribeContactFlowModuleRequest) (*connect.DescribeContactFlowModuleResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	content, err := admin.Pick(f, admin.ParseRef(in.ContactFlowModuleId).Qualifier)
	if err != nil {
		return nil, err
	}
	out := wireModule(dir, f)
	out.Content, out.FlowModuleContentSha256 = content.Text, admin.Sum(content.Text)
	if content.Draft {
		out.Status = saved
	}
	if v := content.Version; v != nil {
		out.Version, out.VersionDescription = new(v.Number), v.Description
	}
	return &connect.DescribeContactFlowModuleResponse{ContactFlowModule: out}, nil
}

// wireModule returns what the API shows of a module besides its content.
func wireModule(dir *directory.Directory, f *directory.Flow) *connect.ContactFlowModule {
	return &connect.ContactFlowModule{
		Arn:         moduleARN(dir, f),
		Description: f.Description,
		Id:          string(f.ID),
		Name:        f.Name,
		Settings:    f.Settings,
		State:       flowState(f),
		Status:      flowStatus(f),
		Tags:        wireTags(f),
	}
}

// ListContactFlowModules answers GET
// /contact-flow-modules-summary/{InstanceId}.
func (a *API) ListContactFlowModules(_ context.Context, in *connect.ListContactFlowModulesRequest) (*connect.ListContactFlowModulesResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	found := admin.Modules.List(dir, func(f *directory.Flow) bool {
		return in.ContactFlowModuleState == "" || in.ContactFlowModuleState == flowState(f)
	})
	found, next, err := page(found, admin.Place, in.MaxResults, usualPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactFlowModulesResponse{NextToken: next}
	for _, f := range found {
		out.ContactFlowModulesSummaryList = append(out.ContactFlowModulesSummaryList, connect.ContactFlowModuleSummary{
			Arn: moduleARN(dir, f), Id: string(f.ID), Name: f.Name, State: flowState(f),
		})
	}
	return out, nil
}

// SearchContactFlowModules answers POST /search-contact-flow-modules. What it
// finds comes without content.
func (a *API) SearchContactFlowModules(_ context.Context, in *connect.SearchContactFlowModulesRequest) (*connect.SearchContactFlowModulesResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	match, err := moduleCriteria(in.SearchCriteria)
	if err != nil {
		return nil, err
	}
	if in.SearchFilter != nil {
		match = all(match, tagFilter(in.SearchFilter.TagFilter))
	}
	found := admin.Modules.List(dir, match)
	out := &connect.SearchContactFlowModulesResponse{ApproximateTotalCount: new(int64(len(found)))}
	if found, out.NextToken, err = page(found, admin.Place, in.MaxResults, usualPage, in.NextToken); err != nil {
		return nil, err
	}
	for _, f := range found {
		out.ContactFlowModules = append(out.ContactFlowModules, *wireModule(dir, f))
	}
	return out, nil
}

// UpdateContactFlowModuleContent answers POST
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/content.
func (a *API) UpdateContactFlowModuleContent(ctx context.Context, in *connect.UpdateContactFlowModuleContentRequest) (*connect.UpdateContactFlowModuleContentResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	if in.Content == "" && in.Settings == "" {
		return nil, fault.Newf(fault.Invalid, "Content or Settings is required")
	}
	ref := admin.ParseRef(in.ContactFlowModuleId)
	return nil, moduleRefusal(a.admin.UpdateContent(ctx, dir.Instance.ID, admin.Modules, ref, in.Content, given(in.Settings)))
}

// UpdateContactFlowModuleMetadata answers POST
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/metadata.
func (a *API) UpdateContactFlowModuleMetadata(ctx context.Context, in *connect.UpdateContactFlowModuleMetadataRequest) (*connect.UpdateContactFlowModuleMetadataResponse, error) {
	return nil, a.updateAbout(ctx, in.InstanceId, admin.Modules, in.ContactFlowModuleId, in.Name, in.Description, in.State)
}

// DeleteContactFlowModule answers DELETE
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}.
func (a *API) DeleteContactFlowModule(ctx context.Context, in *connect.DeleteContactFlowModuleRequest) (*connect.DeleteContactFlowModuleResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteFlow(ctx, dir.Instance.ID, admin.Modules, admin.ParseRef(in.ContactFlowModuleId))
}

// CreateContactFlowModuleVersion answers PUT
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/version.
func (a *API) CreateContactFlowModuleVersion(ctx context.Context, in *connect.CreateContactFlowModuleVersionRequest) (*connect.CreateContactFlowModuleVersionResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	ref := admin.ParseRef(in.ContactFlowModuleId)
	n, err := a.admin.CreateVersion(ctx, dir.Instance.ID, admin.Modules, ref, admin.NewVersion{
		Description: text(in.Description), Sum: in.FlowModuleContentSha256,
	})
	if err != nil {
		return nil, err
	}
	return &connect.CreateContactFlowModuleVersionResponse{ContactFlowModuleArn: dir.Instance.ARN("flow-module", string(ref.ID)), Version: &n}, nil
}

// ListContactFlowModuleVersions answers GET
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/versions.
func (a *API) ListContactFlowModuleVersions(_ context.Context, in *connect.ListContactFlowModuleVersionsRequest) (*connect.ListContactFlowModuleVersionsResponse, error) {
	dir, f, versions, next, err := a.versions(in.InstanceId, admin.Modules, in.ContactFlowModuleId, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactFlowModuleVersionsResponse{NextToken: next}
	for _, v := range versions {
		out.ContactFlowModuleVersionSummaryList = append(out.ContactFlowModuleVersionSummaryList, connect.ContactFlowModuleVersionSummary{
			Arn: fmt.Sprintf("%s:%d", moduleARN(dir, f), v.Number), Version: new(v.Number), VersionDescription: v.Description,
		})
	}
	return out, nil
}

// DeleteContactFlowModuleVersion answers DELETE
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/version/{ContactFlowModuleVersion}.
func (a *API) DeleteContactFlowModuleVersion(ctx context.Context, in *connect.DeleteContactFlowModuleVersionRequest) (*connect.DeleteContactFlowModuleVersionResponse, error) {
	dir, err := a.instance(in.InstanceId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteVersion(ctx, dir.Instance.ID, admin.Modules, admin.ParseRef(in.ContactFlowModuleId).ID, *in.ContactFlowModuleVersion)
}

// CreateContactFlowModuleAlias answers PUT
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias.
func (a *API) CreateContactFlowModuleAlias(ctx context.Context, in *connect.CreateContactFlowModuleAliasRequest) (*connect.CreateContactFlowModuleAliasResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	id, err := a.admin.CreateAlias(ctx, dir.Instance.ID, f.ID, in.AliasName, in.Description, *in.ContactFlowModuleVersion)
	if err != nil {
		return nil, err
	}
	return &connect.CreateContactFlowModuleAliasResponse{ContactFlowModuleArn: moduleARN(dir, f), Id: id}, nil
}

// DescribeContactFlowModuleAlias answers GET
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}.
func (a *API) DescribeContactFlowModuleAlias(_ context.Context, in *connect.DescribeContactFlowModuleAliasRequest) (*connect.DescribeContactFlowModuleAliasResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	alias, err := admin.Alias(f, in.AliasId)
	if err != nil {
		return nil, err
	}
	return &connect.DescribeContactFlowModuleAliasResponse{ContactFlowModuleAlias: &connect.ContactFlowModuleAliasInfo{
		AliasId:              alias.ID,
		ContactFlowModuleArn: moduleARN(dir, f),
		ContactFlowModuleId:  string(f.ID),
		Description:          alias.Description,
		LastModifiedRegion:   dir.Instance.Region,
		LastModifiedTime:     alias.Modified,
		Name:                 alias.Name,
		Version:              &alias.Version,
	}}, nil
}

// UpdateContactFlowModuleAlias answers POST
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}.
func (a *API) UpdateContactFlowModuleAlias(ctx context.Context, in *connect.UpdateContactFlowModuleAliasRequest) (*connect.UpdateContactFlowModuleAliasResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	to := admin.AliasChange{Name: in.Name, Description: in.Description}
	if in.ContactFlowModuleVersion != nil {
		to.Version = *in.ContactFlowModuleVersion
	}
	return nil, a.admin.UpdateAlias(ctx, dir.Instance.ID, f.ID, in.AliasId, to)
}

// DeleteContactFlowModuleAlias answers DELETE
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/alias/{AliasId}.
func (a *API) DeleteContactFlowModuleAlias(ctx context.Context, in *connect.DeleteContactFlowModuleAliasRequest) (*connect.DeleteContactFlowModuleAliasResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.DeleteAlias(ctx, dir.Instance.ID, f.ID, in.AliasId)
}

// ListContactFlowModuleAliases answers GET
// /contact-flow-modules/{InstanceId}/{ContactFlowModuleId}/aliases.
func (a *API) ListContactFlowModuleAliases(_ context.Context, in *connect.ListContactFlowModuleAliasesRequest) (*connect.ListContactFlowModuleAliasesResponse, error) {
	dir, f, err := a.module(in.InstanceId, in.ContactFlowModuleId)
	if err != nil {
		return nil, err
	}
	place := func(alias directory.FlowAlias) string { return alias.Name }
	part, next, err := page(admin.Aliases(f), place, in.MaxResults, usualPage, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListContactFlowModuleAliasesResponse{NextToken: next}
	for _, alias := range part {
		out.ContactFlowModuleAliasSummaryList = append(out.ContactFlowModuleAliasSummaryList, connect.ContactFlowModuleAliasSummary{
			AliasDescription: alias.Description,
			AliasId:          alias.ID,
			AliasName:        alias.Name,
			Arn:              moduleARN(dir, f) + ":" + alias.Name,
			LastModifiedTime: alias.Modified,
			Version:          new(alias.Version),
		})
	}
	return out, nil
}

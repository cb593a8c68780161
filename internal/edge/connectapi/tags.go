package connectapi

import (
	"context"
	"strings"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func (a *API) serveTags(s *awshttp.Service) {
	awshttp.Handle(s, &connect.TagResource, a.TagResource)
	awshttp.Handle(s, &connect.UntagResource, a.UntagResource)
	awshttp.Handle(s, &connect.ListTagsForResource, a.ListTagsForResource)
}

// tagShelves says which kinds of resource have tags, by the word in the ARN.
var tagShelves = map[string]admin.Shelf{"contact-flow": admin.Flows, "flow-module": admin.Modules}

// tagTarget finds what an ARN names.
func (a *API) tagTarget(arn string) (*directory.Directory, admin.Shelf, *directory.Flow, error) {
	head, path, _ := strings.Cut(arn, ":instance/")
	p := strings.Split(path, "/")
	if h := strings.Split(head, ":"); len(h) != 5 || h[0] != "arn" || h[2] != "connect" || p[0] == "" {
		return nil, 0, nil, fault.Newf(fault.Invalid, "resourceArn: must be the ARN of a resource of an instance")
	}
	dir, err := a.centre.Instance(contact.InstanceID(p[0]))
	if err != nil {
		return nil, 0, nil, err
	}
	if len(p) == 1 {
		p = append(p, "instance")
	}
	shelf, ok := tagShelves[p[1]]
	if !ok || len(p) != 3 {
		return nil, 0, nil, fault.Newf(fault.Invalid, "tags of the resource type %q are not implemented by this server", p[1])
	}
	f, err := shelf.Find(dir, admin.ParseRef(p[2]).ID)
	return dir, shelf, f, err
}

// TagResource answers POST /tags/{resourceArn}.
func (a *API) TagResource(ctx context.Context, in *connect.TagResourceRequest) (*wire.Empty, error) {
	dir, shelf, f, err := a.tagTarget(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.Tag(ctx, dir.Instance.ID, shelf, f.ID, in.Tags)
}

// UntagResource answers DELETE /tags/{resourceArn}.
func (a *API) UntagResource(ctx context.Context, in *connect.UntagResourceRequest) (*wire.Empty, error) {
	dir, shelf, f, err := a.tagTarget(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return nil, a.admin.Untag(ctx, dir.Instance.ID, shelf, f.ID, in.TagKeys)
}

// ListTagsForResource answers GET /tags/{resourceArn}.
func (a *API) ListTagsForResource(_ context.Context, in *connect.ListTagsForResourceRequest) (*connect.ListTagsForResourceResponse, error) {
	_, _, f, err := a.tagTarget(in.ResourceArn)
	if err != nil {
		return nil, err
	}
	return &connect.ListTagsForResourceResponse{Tags: wireTags(f)}, nil
}

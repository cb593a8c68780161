package admin

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
)

// Function returns the association of a function.
func Function(arn string) (directory.Association, error) {
	if p := strings.Split(arn, ":"); len(p) < 7 || len(p) > 8 || p[0] != "arn" || p[2] != "lambda" || p[5] != "function" || p[6] == "" {
		return directory.Association{}, fault.Newf(fault.Invalid, "FunctionArn: must be the ARN of a function")
	}
	return directory.Association{ARN: arn, Kind: directory.LambdaFunction}, nil
}

// Bot returns the association of a bot.
func Bot(aliasARN string) (directory.Association, error) {
	p := strings.Split(aliasARN, ":")
	if len(p) != 6 || p[0] != "arn" || p[2] != "lex" || !strings.HasPrefix(p[5], "bot-alias/") || strings.Count(p[5], "/") != 2 {
		return directory.Association{}, fault.Newf(fault.Invalid, "AliasArn: must be the ARN of a bot's alias")
	}
	return directory.Association{ARN: aliasARN, Kind: directory.LexV2Bot}, nil
}

// OldBot returns the association of a bot of the old kind.
func OldBot(name, region string) (directory.Association, error) {
	if name == "" || region == "" {
		return directory.Association{}, fault.Newf(fault.Invalid, "LexBot: Name and LexRegion are required")
	}
	return directory.Association{ARN: name + "@" + region, Kind: directory.LexV1Bot, Name: name, Region: region}, nil
}

// Associations returns what is associated and of one of the kinds, in order of
// the ARNs.
func Associations(d *directory.Directory, kinds ...directory.AssociationKind) []*directory.Association {
	var found []*directory.Association
	for _, as := range d.Associations {
		if slices.Contains(kinds, as.Kind) {
			found = append(found, as)
		}
	}
	slices.SortFunc(found, func(a, b *directory.Association) int { return cmp.Compare(a.ARN, b.ARN) })
	return found
}

// Associate lets flows call a function or a bot. A second time is a conflict.
func (a *Admin) Associate(ctx context.Context, instance contact.InstanceID, as directory.Association) error {
	return a.edit(ctx, instance, func(e *edition) error {
		most, kinds := a.Limits.Functions, []directory.AssociationKind{directory.LambdaFunction}
		if as.Kind != directory.LambdaFunction {
			most, kinds = a.Limits.Bots, []directory.AssociationKind{directory.LexV1Bot, directory.LexV2Bot}
		}
		switch {
		case e.is.Associations[as.ARN] != nil:
			return fault.Newf(fault.Conflict, "%s is associated already", as.ARN)
		case len(Associations(e.is, kinds...)) >= most:
			return fault.Newf(fault.Quota, "the instance has %d such associations and may have no more", most)
		}
		e.put.Associations[as.ARN] = &as
		return nil
	})
}

// Disassociate takes a function or a bot from the flows. Those that name it may
// stay; calling it fails then.
func (a *Admin) Disassociate(ctx context.Context, instance contact.InstanceID, as directory.Association) error {
	return a.edit(ctx, instance, func(e *edition) error {
		if was := e.is.Associations[as.ARN]; was == nil || was.Kind != as.Kind {
			return fault.Newf(fault.NotFound, "%s is not associated", as.ARN)
		}
		e.remove = append(e.remove, directory.Ref{Kind: directory.AssociationKey, ID: as.ARN})
		return nil
	})
}

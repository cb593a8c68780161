package connectapi

import (
	"context"

	"github.com/bellpull/bellpull/internal/admin"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/edge/awshttp"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/wire"
	"github.com/bellpull/bellpull/internal/wire/connect"
)

func (a *API) serveAssociations(s *awshttp.Service) {
	awshttp.Handle(s, &connect.AssociateLambdaFunction, a.AssociateLambdaFunction)
	awshttp.Handle(s, &connect.DisassociateLambdaFunction, a.DisassociateLambdaFunction)
	awshttp.Handle(s, &connect.ListLambdaFunctions, a.ListLambdaFunctions)
	awshttp.Handle(s, &connect.AssociateBot, a.AssociateBot)
	awshttp.Handle(s, &connect.DisassociateBot, a.DisassociateBot)
	awshttp.Handle(s, &connect.ListBots, a.ListBots)
	awshttp.Handle(s, &connect.AssociateLexBot, a.AssociateLexBot)
	awshttp.Handle(s, &connect.DisassociateLexBot, a.DisassociateLexBot)
	awshttp.Handle(s, &connect.ListLexBots, a.ListLexBots)
}

// AssociateLambdaFunction answers PUT /instance/{InstanceId}/lambda-function.
func (a *API) AssociateLambdaFunction(ctx context.Context, in *connect.AssociateLambdaFunctionRequest) (*wire.Empty, error) {
	as, err := admin.Function(in.FunctionArn)
	return nil, a.associate(ctx, in.InstanceId, as, err)
}

// DisassociateLambdaFunction answers DELETE
// /instance/{InstanceId}/lambda-function.
func (a *API) DisassociateLambdaFunction(ctx context.Context, in *connect.DisassociateLambdaFunctionRequest) (*wire.Empty, error) {
	as, err := admin.Function(in.FunctionArn)
	return nil, a.disassociate(ctx, in.InstanceId, as, err)
}

// AssociateBot answers PUT /instance/{InstanceId}/bot.
func (a *API) AssociateBot(ctx context.Context, in *connect.AssociateBotRequest) (*wire.Empty, error) {
	as, err := bot(in.LexBot, in.LexV2Bot)
	return nil, a.associate(ctx, in.InstanceId, as, err)
}

// DisassociateBot answers POST /instance/{InstanceId}/bot.
func (a *API) DisassociateBot(ctx context.Context, in *connect.DisassociateBotRequest) (*wire.Empty, error) {
	as, err := bot(in.LexBot, in.LexV2Bot)
	return nil, a.disassociate(ctx, in.InstanceId, as, err)
}

// bot returns the association of the one bot that is given.
func bot(before *connect.LexBot, now *connect.LexV2Bot) (directory.Association, error) {
	switch {
	case (before == nil) == (now == nil):
		return directory.Association{}, fault.Newf(fault.Invalid, "exactly one of LexBot and LexV2Bot is required")
	case before != nil:
		return admin.OldBot(before.Name, before.LexRegion)
	}
	return admin.Bot(now.AliasArn)
}

// AssociateLexBot answers PUT /instance/{InstanceId}/lex-bot.
func (a *API) AssociateLexBot(ctx context.Context, in *connect.AssociateLexBotRequest) (*wire.Empty, error) {
	as, err := admin.OldBot(in.LexBot.Name, in.LexBot.LexRegion)
	return nil, a.associate(ctx, in.InstanceId, as, err)
}

// DisassociateLexBot answers DELETE /instance/{InstanceId}/lex-bot.
func (a *API) DisassociateLexBot(ctx context.Context, in *connect.DisassociateLexBotRequest) (*wire.Empty, error) {
	as, err := admin.OldBot(in.BotName, in.LexRegion)
	return nil, a.disassociate(ctx, in.InstanceId, as, err)
}

// associate takes the error of reading the association too: an instance that is
// not there is the graver one.
func (a *API) associate(ctx context.Context, instance string, as directory.Association, bad error) error {
	dir, err := a.instance(instance)
	if err != nil {
		return err
	}
	if bad != nil {
		return bad
	}
	return a.admin.Associate(ctx, dir.Instance.ID, as)
}

func (a *API) disassociate(ctx context.Context, instance string, as directory.Association, bad error) error {
	dir, err := a.instance(instance)
	if err != nil {
		return err
	}
	if bad != nil {
		return bad
	}
	return a.admin.Disassociate(ctx, dir.Instance.ID, as)
}

// associations returns a page of the associations of a kind.
func (a *API) associations(instance string, kind directory.AssociationKind, size *int32, token string) ([]*directory.Association, string, error) {
	dir, err := a.instance(instance)
	if err != nil {
		return nil, "", err
	}
	return page(admin.Associations(dir, kind), func(as *directory.Association) string { return as.ARN }, size, smallPage, token)
}

// ListLambdaFunctions answers GET /instance/{InstanceId}/lambda-functions.
func (a *API) ListLambdaFunctions(_ context.Context, in *connect.ListLambdaFunctionsRequest) (*connect.ListLambdaFunctionsResponse, error) {
	part, next, err := a.associations(in.InstanceId, directory.LambdaFunction, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListLambdaFunctionsResponse{NextToken: next}
	for _, as := range part {
		out.LambdaFunctions = append(out.LambdaFunctions, as.ARN)
	}
	return out, nil
}

// ListBots answers GET /instance/{InstanceId}/bots.
func (a *API) ListBots(_ context.Context, in *connect.ListBotsRequest) (*connect.ListBotsResponse, error) {
	kind := directory.LexV2Bot
	if in.LexVersion == "V1" {
		kind = directory.LexV1Bot
	}
	part, next, err := a.associations(in.InstanceId, kind, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListBotsResponse{NextToken: next}
	for _, as := range part {
		if kind == directory.LexV1Bot {
			out.LexBots = append(out.LexBots, connect.LexBotConfig{LexBot: &connect.LexBot{Name: as.Name, LexRegion: as.Region}})
		} else {
			out.LexBots = append(out.LexBots, connect.LexBotConfig{LexV2Bot: &connect.LexV2Bot{AliasArn: as.ARN}})
		}
	}
	return out, nil
}

// ListLexBots answers GET /instance/{InstanceId}/lex-bots.
func (a *API) ListLexBots(_ context.Context, in *connect.ListLexBotsRequest) (*connect.ListLexBotsResponse, error) {
	part, next, err := a.associations(in.InstanceId, directory.LexV1Bot, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &connect.ListLexBotsResponse{NextToken: next}
	for _, as := range part {
		out.LexBots = append(out.LexBots, connect.LexBot{Name: as.Name, LexRegion: as.Region})
	}
	return out, nil
}

package admin

import (
	"strings"

	"github.com/bellpull/bellpull/internal/contact"
	"github.com/bellpull/bellpull/internal/directory"
	"github.com/bellpull/bellpull/internal/fault"
	"github.com/bellpull/bellpull/internal/flow"
)

// CheckContent is the Checker that applies all rules of the language, and
// wants what a flow refers to by name to be there. Warnings are no hindrance.
func CheckContent(content string, t flow.Type, in *directory.Directory) error {
	f, err := flow.Read(content)
	if err != nil {
		return err
	}
	if f.Legacy {
		return fault.Newf(fault.Invalid, "The flow is in the older format, which can only be imported")
	}
	if problems, _ := flow.Check(f, flow.Options{Type: t, Lookup: lookup(in)}); len(problems) > 0 {
		return problems
	}
	return nil
}

// lookup finds what flows refer to in an instance. Of the kinds that no
// directory keeps, every name is good.
func lookup(in *directory.Directory) flow.Lookup {
	return func(kind flow.ResourceKind, ref string) (t flow.Type, found bool) {
		id := directory.BareID(ref)
		switch kind {
		case flow.QueueResource:
			found = in.FindQueue(ref) != nil
		case flow.AgentResource:
			found = in.FindUser(ref) != nil
		case flow.FlowResource:
			if f := in.Flows[contact.FlowID(id)]; f != nil {
				t, found = flow.Type(f.Type), true
			}
		case flow.ModuleResource:
			found = hasModule(in, ParseRef(ref))
		case flow.ViewResource:
			found = in.View(directory.ViewID(id)) != nil
		case flow.LambdaResource:
			found = in.Associations[ref] != nil || in.Associations[unqualified(ref)] != nil
		case flow.BotResource:
			found = in.Associations[ref] != nil
		default:
			found = true
		}
		return t, found
	}
}

func hasModule(in *directory.Directory, ref Ref) bool {
	f := in.Modules[ref.ID]
	if f == nil {
		return false
	}
	_, err := Pick(f, ref.Qualifier)
	return err == nil
}

// unqualified cuts the version or alias from the ARN of a function.
func unqualified(arn string) string {
	if strings.Count(arn, ":") < 7 {
		return arn
	}
	return arn[:strings.LastIndexByte(arn, ':')]
}

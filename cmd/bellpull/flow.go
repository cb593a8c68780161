package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/bellpull/bellpull/internal/flow"
)

func newFlowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Check, draw, try out, import and export flows",
		Long: `Check, draw, try out, import and export flows. A FILE holds a flow in the
present language or in the older format of "modules"; - is the standard input.`,
	}
	cmd.AddCommand(
		newFlowCheckCommand(),
		newFlowDrawCommand(),
		newFlowRunCommand(),
		newFlowImportCommand(),
		newFlowExportCommand(),
	)
	return cmd
}

// flowFile is a flow in a file.
type flowFile struct {
	file    string
	content string
	flow    *flow.Flow
}

func readFlow(file string, in io.Reader) (*flowFile, error) {
	var b []byte
	var err error
	if file == "-" {
		b, err = io.ReadAll(io.LimitReader(in, flow.MaxContent+1))
	} else {
		b, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	f, err := flow.Read(string(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &flowFile{file, string(b), f}, nil
}

// name is what the flow calls itself, or what its file is called.
func (f *flowFile) name() string {
	if f.flow.Name != "" {
		return f.flow.Name
	}
	return strings.TrimSuffix(filepath.Base(f.file), filepath.Ext(f.file))
}

// kind is the type that the flow says it has, or the usual one.
func (f *flowFile) kind() flow.Type {
	if f.flow.Type != "" {
		return f.flow.Type
	}
	return flow.Inbound
}

// present is the content in the present language, byte for byte where it was
// written in that.
func (f *flowFile) present() string {
	if f.flow.Legacy {
		return flow.Write(f.flow)
	}
	return f.content
}

// flowType reads a flag; it may be empty.
func flowType(s string) (flow.Type, error) {
	for t := range consoleTypes {
		if strings.EqualFold(s, string(t)) || s == consoleTypes[t] {
			return t, nil
		}
	}
	if s != "" {
		return "", fmt.Errorf("there is no type of flow %q: use CONTACT_FLOW, CUSTOMER_QUEUE, AGENT_WHISPER …", s)
	}
	return "", nil
}

// consoleTypes are the types of flow as exports name them.
var consoleTypes = map[flow.Type]string{
	flow.Inbound: "contactFlow", flow.CustomerQueue: "customerQueue", flow.AgentWhisper: "agentWhisper",
	flow.CustomerWhisper: "customerWhisper", flow.CustomerHold: "customerHold", flow.AgentHold: "agentHold",
	flow.OutboundWhisper: "outboundWhisper", flow.AgentTransfer: "agentTransfer", flow.QueueTransfer: "queueTransfer",
	flow.Campaign: "campaign", flow.Module: "module",
}

func newFlowCheckCommand() *cobra.Command {
	var kind string
	cmd := &cobra.Command{
		Use:   "check FILE...",
		Short: "Say what is wrong with flows, and where",
		Long: `Say what is wrong with flows, and where. What merely looks like a mistake is a
warning; the command fails when there is more than that. Whether what a flow
refers to is there only a server knows: flow import asks it.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := flowType(kind)
			if err != nil {
				return err
			}
			return checkFlows(args, t, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&kind, "type", "", "type of the flows (default: the one that a flow names)")
	return cmd
}

func checkFlows(files []string, t flow.Type, in io.Reader, out io.Writer) error {
	total := 0
	for _, file := range files {
		f, err := readFlow(file, in)
		if err != nil {
			total++
			if _, err := fmt.Fprintln(out, err); err != nil {
				return err
			}
			continue
		}
		problems, warnings := flow.Check(f.flow, flow.Options{Type: t, Strict: true})
		total += len(problems)
		if err := printProblems(out, file, problems, warnings); err != nil {
			return err
		}
	}
	switch total {
	case 0:
		return nil
	case 1:
		return errors.New("there is a problem")
	}
	return fmt.Errorf("there are %d problems", total)
}

// printProblems writes a line for each, or that all is well.
func printProblems(out io.Writer, file string, problems, warnings flow.Problems) error {
	var b strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&b, "%s: %s\n", file, problemLine(p))
	}
	for _, p := range warnings {
		fmt.Fprintf(&b, "%s: warning: %s\n", file, problemLine(p))
	}
	if b.Len() == 0 {
		fmt.Fprintf(&b, "%s: ok\n", file)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

// problemLine says the place first, then whose it is, then what is wrong.
func problemLine(p flow.Problem) string {
	message := p.Message
	for _, lead := range []string{". Path: ", ", Path: "} {
		message = strings.TrimSuffix(message, lead+p.Path)
	}
	line := p.Path
	if p.Action != "" {
		line += " (" + p.Action + ")"
	}
	line += ": " + message
	if p.Detail != "" {
		line += ": " + p.Detail
	}
	return line
}

func newFlowDrawCommand() *cobra.Command {
	var format, to string
	cmd := &cobra.Command{
		Use:   "draw FILE",
		Short: "Draw a flow",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := readFlow(args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			return drawFlow(flow.Drawing{Flow: f.flow}, format, to, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&format, "format", "", "svg or mermaid (default: what the output is called, or svg)")
	cmd.Flags().StringVarP(&to, "output", "o", "", "file to write (default: the standard output)")
	return cmd
}

func drawFlow(d flow.Drawing, format, to string, out io.Writer) error {
	if ext := filepath.Ext(to); format == "" && (ext == ".mmd" || ext == ".mermaid") {
		format = "mermaid"
	}
	var picture string
	switch format {
	case "", "svg":
		picture = d.SVG()
	case "mermaid":
		picture = d.Mermaid()
	default:
		return fmt.Errorf("there is no format %q: use svg or mermaid", format)
	}
	if to == "" {
		_, err := io.WriteString(out, picture)
		return err
	}
	return os.WriteFile(to, []byte(picture), 0o644)
}

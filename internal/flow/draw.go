package flow

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// Drawing is a picture of a flow to be made. With a Coverage it shows what runs
// of the flow took; ID is the flow's name in it.
type Drawing struct {
	Flow     *Flow
	Coverage *Coverage
	ID       string
}

// edge leads from one action to another, by the branches of its label.
type edge struct {
	from, to int // indexes of actions
	label    []string
	taken    bool
}

// plain reports whether the way needs no label.
func (e *edge) plain() bool { return len(e.label) == 1 && e.label[0] == nextBranch }

// edges returns the ways between the actions; branches with one target are one.
func (d Drawing) edges() []edge {
	index := map[string]int{}
	for i, a := range d.Flow.Actions {
		if _, twice := index[a.ID]; !twice {
			index[a.ID] = i
		}
	}
	var all []edge
	for i, a := range d.Flow.Actions {
		first := len(all)
		add := func(label, name, next string) {
			to, ok := index[next]
			if !ok {
				return
			}
			k := slices.IndexFunc(all[first:], func(e edge) bool { return e.to == to })
			if k < 0 {
				all = append(all, edge{from: i, to: to})
				k = len(all) - 1 - first
			}
			e := &all[first+k]
			e.label = append(e.label, label)
			e.taken = e.taken || d.Coverage.Branch(d.ID, a.ID, name) > 0
		}
		for j := range a.Conditions {
			c := &a.Conditions[j]
			label := c.String()
			if c.Operator == Equals && len(c.Operands) == 1 {
				label = c.Operands[0]
			}
			add(label, c.String(), c.Next)
		}
		if slices.Contains(a.Branches(), nextBranch) {
			add(nextBranch, nextBranch, a.Next)
		}
		for _, e := range a.Errors {
			label := strings.TrimSuffix(e.Type, "Error")
			switch e.Type {
			case NoMatchingError:
				label = "error"
			case NoMatchingCondition:
				label = "no match"
			}
			add(label, errorBranch(e.Type), e.Next)
		}
	}
	return all
}

// caption is what an action's box says below its name.
func caption(a *Action) string {
	for _, names := range [][]string{
		{"Text"},
		{"ComparisonValue"},
		{"LoopCount"},
		{"MetricType"},
		{"TimeLimitSeconds"},
		{"LambdaFunctionARN"},
		{"QueueId"},
		{"AgentId"},
		{"ContactFlowId"},
		{"FlowModuleId"},
		{"LexV2Bot", "AliasArn"},
	} {
		if s := a.Parameter(names...); s != "" {
			if strings.HasPrefix(s, "arn:") {
				s = s[strings.LastIndexAny(s, ":/")+1:]
			}
			return cut(strings.Join(strings.Fields(s), " "), 34)
		}
	}
	return ""
}

// Mermaid writes the flow as the text of a Mermaid flow chart.
func (d Drawing) Mermaid() string {
	quote := strings.NewReplacer(`"`, "#quot;", "\n", " ", "|", "#124;", "<", "&lt;", ">", "&gt;").Replace
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for i, a := range d.Flow.Actions {
		open, shut := `["`, `"]`
		switch {
		case a.Ends():
			open, shut = `(["`, `"])`
		case len(a.Conditions) > 0:
			open, shut = `{{"`, `"}}`
		}
		text := quote(a.ID) + "<br/>" + quote(a.Type)
		if c := caption(a); c != "" {
			text += "<br/><i>" + quote(c) + "</i>"
		}
		fmt.Fprintf(&b, "  n%d%s%s%s\n", i, open, text, shut)
	}
	for i, a := range d.Flow.Actions {
		if a.ID == d.Flow.Start {
			fmt.Fprintf(&b, "  start((start)) --> n%d\n", i)
			break
		}
	}
	for _, e := range d.edges() {
		arrow := "-->"
		if e.taken {
			arrow = "==>"
		}
		if e.plain() {
			fmt.Fprintf(&b, "  n%d %s n%d\n", e.from, arrow, e.to)
			continue
		}
		fmt.Fprintf(&b, "  n%d %s|\"%s\"| n%d\n", e.from, arrow, quote(strings.Join(e.label, ", ")), e.to)
	}
	if d.Coverage != nil {
		b.WriteString("  classDef taken fill:#d7f0dc,stroke:#2d7a3e\n")
		for i, a := range d.Flow.Actions {
			if d.Coverage.Action(d.ID, a.ID) > 0 {
				fmt.Fprintf(&b, "  class n%d taken\n", i)
			}
		}
	}
	return b.String()
}

// Measures of the SVG, in pixels.
const (
	boxWidth, boxHeight = 240, 58
	gapX, gapY          = 40, 76
	margin              = 70
)

// SVG draws the flow from top to bottom, in layers: an action stands below the
// one that leads to it on the shortest way.
func (d Drawing) SVG() string {
	edges := d.edges()
	layers := d.layers(edges)
	x, y := make([]int, len(d.Flow.Actions)), make([]int, len(d.Flow.Actions))
	layer := make([]int, len(d.Flow.Actions))
	widest := 1
	for _, l := range layers {
		widest = max(widest, len(l))
	}
	width := 2*margin + widest*boxWidth + (widest-1)*gapX
	for row, l := range layers {
		left := (width - len(l)*boxWidth - (len(l)-1)*gapX) / 2
		for i, n := range l {
			x[n], y[n], layer[n] = left+i*(boxWidth+gapX), margin/2+row*(boxHeight+gapY), row
		}
	}
	height := margin + max(1, len(layers))*(boxHeight+gapY) - gapY
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n",
		width, height, width, height)
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">` +
		`<path d="M0 0 10 5 0 10z" fill="#667"/></marker></defs>` + "\n" + `<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	for i, e := range edges {
		d.line(&b, i, e, x, y, layer, width)
	}
	for i, a := range d.Flow.Actions {
		d.box(&b, a, x[i], y[i])
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// layers puts the actions into rows, and those of a row in an order in which
// fewer lines cross.
func (d Drawing) layers(edges []edge) [][]int {
	depth := make([]int, len(d.Flow.Actions))
	for i := range depth {
		depth[i] = -1
	}
	var queue []int
	for i, a := range d.Flow.Actions {
		if a.ID == d.Flow.Start {
			depth[i], queue = 0, []int{i}
			break
		}
	}
	last := -1
	out := make([][]int, len(depth))
	for _, e := range edges {
		out[e.from] = append(out[e.from], e.to)
	}
	for len(queue) > 0 {
		n := queue[0]
		queue = queue[1:]
		last = max(last, depth[n])
		for _, to := range out[n] {
			if depth[to] < 0 {
				depth[to] = depth[n] + 1
				queue = append(queue, to)
			}
		}
	}
	rows := make([][]int, last+2)
	for i, n := range depth {
		if n < 0 {
			n = last + 1 // what nothing leads to comes last
		}
		rows[n] = append(rows[n], i)
	}
	if len(rows[last+1]) == 0 {
		rows = rows[:last+1]
	}
	sortRows(rows, edges, len(depth))
	return rows
}

// sortRows puts each action below the middle of those that lead to it.
func sortRows(rows [][]int, edges []edge, n int) {
	place := make([]float64, n)
	settle := func(row []int) {
		for i, node := range row {
			place[node] = (float64(i) + 0.5) / float64(len(row))
		}
	}
	for _, row := range rows {
		settle(row)
	}
	in := make([][]int, n)
	for _, e := range edges {
		in[e.to] = append(in[e.to], e.from)
	}
	for range 3 {
		for _, row := range rows[min(1, len(rows)):] {
			middle := map[int]float64{}
			for _, node := range row {
				sum := 0.0
				for _, from := range in[node] {
					sum += place[from]
				}
				middle[node] = sum / float64(max(1, len(in[node])))
			}
			slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
			settle(row)
		}
	}
}

func (d Drawing) box(b *strings.Builder, a *Action, x, y int) {
	fill, stroke, round := "#f4f6fb", "#5b6b8c", 6
	switch {
	case a.Ends():
		fill, stroke, round = "#fbeeee", "#a05252", boxHeight/2
	case len(a.Conditions) > 0:
		fill, stroke = "#fff7e2", "#a8812c"
	}
	if d.Coverage.Action(d.ID, a.ID) > 0 {
		fill, stroke = "#d7f0dc", "#2d7a3e"
	}
	thick := 1
	if a.ID == d.Flow.Start {
		thick = 3
	}
	fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" rx="%d" fill="%s" stroke="%s" stroke-width="%d"/>`+"\n",
		x, y, boxWidth, boxHeight, round, fill, stroke, thick)
	line := func(dy int, style, s string) {
		if s != "" {
			fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" %s>%s</text>`+"\n", x+boxWidth/2, y+dy, style, html.EscapeString(s))
		}
	}
	line(19, `font-weight="bold"`, cut(a.ID, 32))
	line(35, `fill="#445"`, cut(a.Type, 36))
	line(50, `fill="#667" font-size="11" font-style="italic"`, caption(a))
}

// line draws a way: downwards as a curve from box to box, and any other way
// around the side. Ways with one source start apart from each other.
func (d Drawing) line(b *strings.Builder, i int, e edge, x, y, layer []int, width int) {
	spread := (i%5 - 2) * 22
	x1, y1 := x[e.from]+boxWidth/2+spread, y[e.from]+boxHeight
	x2, y2 := x[e.to]+boxWidth/2+spread/2, y[e.to]
	var path string
	var lx, ly int
	if layer[e.to] > layer[e.from] {
		path = fmt.Sprintf("M%d %d C%d %d %d %d %d %d", x1, y1, x1, y1+gapY/2, x2, y2-gapY/2, x2, y2-1)
		lx, ly = x1+(x2-x1)/4, y1+18+(i%3)*12
	} else {
		side, from, to := 12+(i%8)*6, x[e.from], x[e.to]
		if x[e.from]+boxWidth/2 > width/2 {
			side, from, to = width-side, x[e.from]+boxWidth, x[e.to]+boxWidth
		}
		fromY, toY := y[e.from]+boxHeight/2, y[e.to]+boxHeight/2
		path = fmt.Sprintf("M%d %d C%d %d %d %d %d %d", from, fromY, side, fromY, side, toY, to, toY)
		lx, ly = (from+3*side)/4, (fromY+toY)/2
	}
	stroke, thick := "#667", "1"
	if e.taken {
		stroke, thick = "#2d7a3e", "2.5"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="%s" marker-end="url(#arrow)"/>`+"\n", path, stroke, thick)
	if !e.plain() {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="10" fill="#334" stroke="#fff" stroke-width="3" paint-order="stroke">%s</text>`+"\n",
			lx, ly, html.EscapeString(cut(strings.Join(e.label, ", "), 40)))
	}
}

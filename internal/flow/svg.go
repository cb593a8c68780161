package flow

import (
	"cmp"
	"fmt"
	"html"
	"slices"
	"strings"
)

// SVG draws the flow from top to bottom.
func (d Drawing) SVG() string {
	edges := d.edges()
	start := slices.IndexFunc(d.Flow.Actions, func(a *Action) bool { return a.ID == d.Flow.Start })
	l := newLayout(len(d.Flow.Actions), start, edges)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" font-family="sans-serif" font-size="12">`+"\n",
		l.width, l.height())
	b.WriteString(`<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto">` +
		`<path d="M0 0 10 5 0 10z" fill="#667"/></marker></defs>` + "\n" + `<rect width="100%" height="100%" fill="#fff"/>` + "\n")
	ports := l.ports(edges)
	for i := range edges {
		if l.back[i] {
			l.around(&b, i, &edges[i])
		} else {
			l.down(&b, i, &edges[i], ports[i])
		}
	}
	for i, a := range d.Flow.Actions {
		d.box(&b, a, l.x[i]-boxWidth/2, l.y(i))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// port is where a line leaves its box, and which of the box's lines it is.
type port struct{ x, rank int }

// ports spreads the lines that leave a box, in the order of where they go.
func (l *layout) ports(edges []edge) []port {
	first := func(i int) int {
		if len(l.via[i]) > 0 {
			return l.x[l.via[i][0]]
		}
		return l.x[edges[i].to]
	}
	leaving := map[int][]int{}
	for i, e := range edges {
		if !l.back[i] {
			leaving[e.from] = append(leaving[e.from], i)
		}
	}
	ports := make([]port, len(edges))
	for from, all := range leaving {
		slices.SortStableFunc(all, func(i, j int) int { return cmp.Compare(first(i), first(j)) })
		for rank, i := range all {
			ports[i] = port{l.x[from] - boxWidth/2 + boxWidth*(rank+1)/(len(all)+1), rank}
		}
	}
	return ports
}

// down draws a line from row to row, through the gaps.
func (l *layout) down(b *strings.Builder, i int, e *edge, p port) {
	x, y := p.x, l.y(e.from)+boxHeight
	var path strings.Builder
	fmt.Fprintf(&path, "M%d %d", x, y)
	curve := func(toX, toY int) {
		fmt.Fprintf(&path, " C%d %d %d %d %d %d", x, y+betweenY/2, toX, toY-betweenY/2, toX, toY)
		x, y = toX, toY
	}
	for _, gap := range l.via[i] {
		curve(l.x[gap], l.y(gap))
		y += boxHeight
		fmt.Fprintf(&path, " V%d", y)
	}
	curve(l.x[e.to], l.y(e.to)-1)
	e.line(b, path.String(), p.x, l.y(e.from)+boxHeight+14+p.rank%3*13)
}

// around draws a line upwards, around the nearer side.
func (l *layout) around(b *strings.Builder, i int, e *edge) {
	side, from, to := 6+i%8*5, l.x[e.from]-boxWidth/2, l.x[e.to]-boxWidth/2
	if l.x[e.from] > l.width/2 {
		side, from, to = l.width-side, from+boxWidth, to+boxWidth
	}
	fromY, toY := l.y(e.from)+boxHeight/2, l.y(e.to)+boxHeight/2
	path := fmt.Sprintf("M%d %d C%d %d %d %d %d %d", from, fromY, side, fromY, side, toY, to, toY)
	e.line(b, path, (from+2*side)/3, fromY-4)
}

// line writes a line with its label.
func (e *edge) line(b *strings.Builder, path string, x, y int) {
	stroke, thick := "#667", "1"
	if e.taken {
		stroke, thick = "#2d7a3e", "2.5"
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="%s" marker-end="url(#arrow)"/>`+"\n", path, stroke, thick)
	if !e.plain() {
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle" font-size="10" fill="#334" stroke="#fff" stroke-width="3" paint-order="stroke">%s</text>`+"\n",
			x, y, html.EscapeString(cut(strings.Join(e.label, ", "), 40)))
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

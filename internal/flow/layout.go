package flow

import (
	"cmp"
	"slices"
)

// layout is where the boxes and lines of a picture go: in rows, each action
// below all that lead to it, except from a circle. A line that passes a row
// has a gap there, shared by all lines to the same action.
type layout struct {
	rows  [][]int // nodes: actions, and from len(actions) on gaps
	row   []int   // of each node
	x     []int   // the middle of each node
	width int
	back  []bool  // of each edge: leads upwards
	via   [][]int // of each edge: the gaps that it passes
}

// Measures, in pixels.
const (
	boxWidth, boxHeight = 240, 58
	gapWidth            = 16
	betweenX, betweenY  = 36, 70
	margin              = 60
)

func newLayout(n, start int, edges []edge) *layout {
	l := &layout{row: make([]int, n), back: make([]bool, len(edges)), via: make([][]int, len(edges))}
	reached := l.rank(n, start, edges)
	last := 0
	for i := range n {
		last = max(last, l.row[i])
	}
	for i := range n {
		if !reached[i] {
			l.row[i] = last + 1 // what nothing leads to comes last
		}
	}
	l.fillRows(n, edges)
	l.order(edges)
	l.place(n)
	return l
}

// rank gives each action its row: one below the lowest of those that lead to
// it. An edge back to an action from which it can be come to does not count.
func (l *layout) rank(n, start int, edges []edge) []bool {
	out := make([][]int, n) // edges
	for i, e := range edges {
		out[e.from] = append(out[e.from], i)
	}
	const (
		unseen = iota
		open
		done
	)
	seen := make([]int, n)
	var sorted []int
	var visit func(int)
	visit = func(node int) {
		seen[node] = open
		for _, i := range out[node] {
			switch to := edges[i].to; seen[to] {
			case unseen:
				visit(to)
			case open:
				l.back[i] = true
			}
		}
		seen[node] = done
		sorted = append(sorted, node)
	}
	if start >= 0 {
		visit(start)
	}
	reached := make([]bool, n)
	for _, node := range slices.Backward(sorted) {
		reached[node] = true
		for _, i := range out[node] {
			if !l.back[i] {
				l.row[edges[i].to] = max(l.row[edges[i].to], l.row[node]+1)
			}
		}
	}
	return reached
}

// fillRows puts the actions into rows, and gaps for the lines that pass. A flow
// far beyond the limit gets none, since there could be very many.
func (l *layout) fillRows(n int, edges []edge) {
	put := func(node, row int) {
		for len(l.rows) <= row {
			l.rows = append(l.rows, nil)
		}
		l.rows[row] = append(l.rows[row], node)
	}
	for node, row := range l.row {
		put(node, row)
	}
	gaps := map[[2]int]int{} // row, target
	for i, e := range edges {
		if l.row[e.to] <= l.row[e.from] {
			l.back[i] = true
			continue
		}
		for row := l.row[e.from] + 1; row < l.row[e.to] && n <= 2*MaxActions; row++ {
			gap, ok := gaps[[2]int{row, e.to}]
			if !ok {
				gap = len(l.row)
				gaps[[2]int{row, e.to}] = gap
				l.row = append(l.row, row)
				put(gap, row)
			}
			l.via[i] = append(l.via[i], gap)
		}
	}
}

// order sorts each row so that fewer lines cross: a node goes where the middle
// of its neighbours in the row above is, then in the row below, and so on.
func (l *layout) order(edges []edge) {
	above, below := make([][]int, len(l.row)), make([][]int, len(l.row))
	for i, e := range edges {
		if l.back[i] {
			continue
		}
		chain := append(append([]int{e.from}, l.via[i]...), e.to)
		for j := 1; j < len(chain); j++ {
			above[chain[j]] = append(above[chain[j]], chain[j-1])
			below[chain[j-1]] = append(below[chain[j-1]], chain[j])
		}
	}
	at := make([]float64, len(l.row))
	settle := func(row []int) {
		for i, node := range row {
			at[node] = (float64(i) + 0.5) / float64(len(row))
		}
	}
	for _, row := range l.rows {
		settle(row)
	}
	sweep := func(row []int, neighbours [][]int) {
		middle := map[int]float64{}
		for _, node := range row {
			middle[node] = at[node]
			if near := neighbours[node]; len(near) > 0 {
				middle[node] = 0
				for _, other := range near {
					middle[node] += at[other] / float64(len(near))
				}
			}
		}
		slices.SortStableFunc(row, func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
		settle(row)
	}
	for range 4 {
		for _, row := range l.rows {
			sweep(row, above)
		}
		for _, row := range slices.Backward(l.rows) {
			sweep(row, below)
		}
	}
}

// place centres the rows.
func (l *layout) place(n int) {
	size := func(node int) int {
		if node < n {
			return boxWidth
		}
		return gapWidth
	}
	for _, row := range l.rows {
		w := -betweenX
		for _, node := range row {
			w += size(node) + betweenX
		}
		l.width = max(l.width, w+2*margin)
	}
	l.x = make([]int, len(l.row))
	for _, row := range l.rows {
		w := -betweenX
		for _, node := range row {
			w += size(node) + betweenX
		}
		x := (l.width - w) / 2
		for _, node := range row {
			l.x[node] = x + size(node)/2
			x += size(node) + betweenX
		}
	}
}

// y is the upper edge of a node.
func (l *layout) y(node int) int { return margin/2 + l.row[node]*(boxHeight+betweenY) }

func (l *layout) height() int { return margin + len(l.rows)*(boxHeight+betweenY) - betweenY }

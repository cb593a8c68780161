package callout

// fits reports whether s is as pattern says, in which * stands for any
// characters and ? for one.
func fits(pattern, s string) bool {
	p, i := 0, 0
	star, from := -1, 0 // the latest *, and what it has swallowed
	for i < len(s) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, i
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == s[i]):
			p++
			i++
		case star >= 0:
			from++
			p, i = star+1, from
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

package agent

// Diff lets tests compare two snapshots, as JSON.
func Diff(old, now string) ([]Event, error) {
	was := new(Snapshot)
	if old != "" {
		s, _, err := parseSnapshot([]byte(`{"snapshot":` + old + `}`))
		if err != nil {
			return nil, err
		}
		was = &s
	}
	is, _, err := parseSnapshot([]byte(`{"snapshot":` + now + `}`))
	if err != nil {
		return nil, err
	}
	return diff(was, &is), nil
}

// ParseSnapshot lets tests parse.
var ParseSnapshot = parseSnapshot

// DiffOf lets tests compare two snapshots.
var DiffOf = diff

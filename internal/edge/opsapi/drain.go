package opsapi

// Drain is how far a server has left its clients to others: the answer of
// GET and POST /ops/drain. POST begins; a second one changes nothing.
type Drain struct {
	State   string `json:"state"`   // serving, draining or drained
	Sockets int64  `json:"sockets"` // that are open
	// Grace and Spread are the settings of drain, such as 10s.
	Grace  string `json:"grace"`
	Spread string `json:"spread"`
}

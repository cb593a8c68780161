package bus

import "github.com/bellpull/bellpull/internal/contact"

// Floor is the topic of who waits in an instance: each announcement has a chat
// that waits, or waits no longer.
func Floor(id contact.InstanceID) Topic { return Topic("floor/" + id) }

// Directory is the topic of what administrators keep.
const Directory Topic = "directory"

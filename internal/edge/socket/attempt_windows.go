package socket

// canTry says that every write is left to a goroutine.
const canTry = false

func (a *attempt) write(uintptr) bool { return true }

func wouldBlock(error) bool { return false }

func (a *attempt) read(uintptr) bool { return true }

package centre

import (
	"sync"
	"time"
)

// shared are values that many ask for and that may be a little old. Who asks for
// one while it is made waits for it.
type shared[K comparable, V any] struct {
	mu sync.Mutex // guards of
	of map[K]*sharedValue[V]
}

type sharedValue[V any] struct {
	mu    sync.Mutex // guards what follows
	value V
	made  time.Time     // zero: there is none
	keep  time.Duration // how long it is good
}

// get returns the value of a key. Where there is none that is good still, produce
// makes one and says how long it will be.
func (s *shared[K, V]) get(key K, now time.Time, produce func() (V, time.Duration, error)) (V, error) {
	s.mu.Lock()
	if s.of == nil {
		s.of = map[K]*sharedValue[V]{}
	}
	v := s.of[key]
	if v == nil {
		v = &sharedValue[V]{}
		s.of[key] = v
	}
	s.mu.Unlock()
	v.mu.Lock()
	defer v.mu.Unlock()
	if !v.made.IsZero() && now.Sub(v.made).Abs() < v.keep {
		return v.value, nil
	}
	value, keep, err := produce()
	if err == nil {
		v.value, v.made, v.keep = value, now, keep
	}
	return value, err
}

package storetest

import (
	"fmt"
	"reflect"
	"time"
)

// filler gives every field of a value something of its own, so that a driver
// that forgets one is found out, whenever the field was added.
type filler struct {
	n      int
	within map[reflect.Type]int // how deep it is in structs of this type
	cannot []string             // paths of what it does not know how to fill
}

// fill fills what p points to.
func fill(p any) {
	f := filler{within: map[reflect.Type]int{}}
	f.value(reflect.ValueOf(p).Elem(), reflect.TypeOf(p).String())
	if len(f.cannot) > 0 {
		panic(fmt.Sprintf("storetest: cannot fill %v", f.cannot))
	}
}

var timeType = reflect.TypeFor[time.Time]()

func (f *filler) value(v reflect.Value, path string) {
	f.n++
	if v.Type() == timeType {
		v.Set(reflect.ValueOf(day.Add(time.Duration(f.n) * 1001 * time.Millisecond)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("text %d", f.n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(f.n) + 1<<20)
	case reflect.Float64:
		v.SetFloat(float64(f.n) + 0.5)
	case reflect.Uint8:
		v.SetUint(uint64(f.n%250 + 1))
	case reflect.Uint64:
		v.SetUint(uint64(f.n) + 1<<63)
	case reflect.Struct:
		if f.within[v.Type()] == 2 {
			return // a type that holds itself
		}
		f.within[v.Type()]++
		defer func() { f.within[v.Type()]-- }()
		for i := range v.NumField() {
			f.value(v.Field(i), path+"."+v.Type().Field(i).Name)
		}
	case reflect.Array:
		for i := range v.Len() {
			f.value(v.Index(i), path)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			f.value(v.Index(i), path)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.value(v.Elem(), path)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range 2 {
			key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			f.value(key, path)
			f.value(value, path)
			v.SetMapIndex(key, value)
		}
	default:
		f.cannot = append(f.cannot, path)
	}
}

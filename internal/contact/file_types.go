package contact

import (
	"mime"
	"slices"
	"strings"

	"github.com/bellpull/bellpull/internal/fault"
)

// DefaultFileTypes are the extensions that the service takes.
var DefaultFileTypes = []string{
	"csv", "doc", "docx", "heic", "jfif", "jpeg", "jpg", "mov", "mp4", "pdf", "png", "ppt", "pptx", "rtf", "txt", "wav", "xls", "xlsx",
}

const (
	openDocument = "application/vnd.oasis.opendocument."
	officeOpen   = "application/vnd.openxmlformats-officedocument."
)

// fileTypes are the content types that clients give for files of an extension.
var fileTypes = map[string][]string{
	"csv":  {"text/csv", "application/csv", "application/vnd.ms-excel", "text/plain"},
	"doc":  {"application/msword"},
	"docx": {officeOpen + "wordprocessingml.document"},
	"gif":  {"image/gif"},
	"heic": {"image/heic", "image/heif"},
	"jfif": {"image/jpeg"},
	"jpeg": {"image/jpeg"},
	"jpg":  {"image/jpeg"},
	"m4a":  {"audio/mp4", "audio/x-m4a"},
	"mov":  {"video/quicktime"},
	"mp3":  {"audio/mpeg"},
	"mp4":  {"video/mp4"},
	"odp":  {openDocument + "presentation"},
	"ods":  {openDocument + "spreadsheet"},
	"odt":  {openDocument + "text"},
	"pdf":  {"application/pdf"},
	"png":  {"image/png"},
	"ppt":  {"application/vnd.ms-powerpoint"},
	"pptx": {officeOpen + "presentationml.presentation"},
	"rtf":  {"application/rtf", "text/rtf", "text/richtext", "application/x-rtf", "application/msword"},
	"txt":  {"text/plain"},
	"wav":  {"audio/wav", "audio/x-wav", "audio/vnd.wave"},
	"webm": {"video/webm", "audio/webm"},
	"webp": {"image/webp"},
	"xls":  {"application/vnd.ms-excel"},
	"xlsx": {officeOpen + "spreadsheetml.sheet"},
	"zip":  {"application/zip", "application/x-zip-compressed"},
}

// active are content types that a browser would run.
var active = []string{"html", "xml", "script", "svg", "shockwave", "x-msdownload", "java-archive"}

// FileTypes returns the content types of extensions. One that is not known names
// its type, as in dwg=image/vnd.dwg.
func FileTypes(extensions []string) (map[string][]string, error) {
	all := map[string][]string{}
	for _, e := range extensions {
		name, named, ok := strings.Cut(e, "=")
		types := fileTypes[name]
		if ok {
			types = []string{named}
		}
		switch {
		case name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "./ "):
			return nil, fault.Newf(fault.Invalid, "%q must be an extension such as pdf", e)
		case len(types) == 0:
			return nil, fault.Newf(fault.Invalid, "%q is not known: name its content type, as in dwg=image/vnd.dwg", e)
		}
		if t, rest, err := mime.ParseMediaType(types[0]); err != nil || len(rest) > 0 || t != types[0] || !strings.Contains(t, "/") {
			return nil, fault.Newf(fault.Invalid, "%q must name a content type such as image/vnd.dwg", e)
		}
		if ok && slices.ContainsFunc(active, func(s string) bool { return strings.Contains(named, s) }) {
			return nil, fault.Newf(fault.Invalid, "%q would be run by browsers", e)
		}
		all[name] = append(all[name], types...)
	}
	return all, nil
}

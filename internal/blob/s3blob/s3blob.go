// Package s3blob keeps blobs in a bucket of S3, or of one of the many services
// that speak like it.
package s3blob

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/bellpull/bellpull/internal/blob"
	"github.com/bellpull/bellpull/internal/fault"
)

// Config says which bucket.
type Config struct {
	Endpoint string // a URL with nothing behind the host
	Bucket   string
	Prefix   string // of all keys, followed by a slash; empty: none
	Region   string
	// AccessKey and the secret in SecretFile sign requests. Without them they come
	// from the environment or from the machine, as tools of AWS find them.
	AccessKey, SecretFile string
}

// Store is a blob.Store in a bucket.
type Store struct {
	client *minio.Core
	bucket string
	prefix string
}

var _ blob.Store = (*Store)(nil)

const (
	// partSize is how much of a blob is in memory at a time, in bytes. What is
	// no longer is sent in one request.
	partSize = 8 << 20
	// tries is how often a request is made. Whoever puts a blob tries again too.
	tries = 3
)

// New returns the store of a bucket, which must exist. It asks nobody for it yet.
func New(c Config) (*Store, error) {
	at, err := url.Parse(c.Endpoint)
	if err != nil {
		return nil, err
	}
	creds := credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Client: http.DefaultClient},
	})
	if c.AccessKey != "" {
		secret, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return nil, err
		}
		creds = credentials.NewStaticV4(c.AccessKey, strings.TrimSpace(string(secret)), "")
	}
	client, err := minio.NewCore(at.Host, &minio.Options{
		Creds: creds, Secure: at.Scheme == "https", Region: c.Region, MaxRetries: tries,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{client: client, bucket: c.Bucket}
	if p := strings.Trim(c.Prefix, "/"); p != "" {
		s.prefix = p + "/"
	}
	return s, nil
}

// Put implements blob.Store. A bucket shows an object when all of it is there.
func (s *Store) Put(ctx context.Context, key string, r io.Reader) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := s.put(ctx, key, r); err != nil {
		return fmt.Errorf("keep %s: %w", key, err)
	}
	return nil
}

func (s *Store) put(ctx context.Context, key string, r io.Reader) error {
	var first bytes.Buffer
	size, err := io.CopyN(&first, r, partSize)
	o := minio.PutObjectOptions{
		PartSize: partSize, ContentType: contentType(key),
		// The sum, which is signed, guards what is sent; every service knows it.
		SendContentMd5: true, DisableContentSha256: true,
	}
	var all io.Reader = &first
	switch {
	case errors.Is(err, io.EOF):
	case err != nil:
		return err
	default: // there may be more, nobody knows how much
		all, size = io.MultiReader(&first, r), -1
	}
	_, err = s.client.Client.PutObject(ctx, s.bucket, s.prefix+key, all, size, o)
	return err
}

func contentType(key string) string {
	if strings.HasSuffix(key, ".json") {
		return "application/json"
	}
	return "application/octet-stream"
}

// Get implements blob.Store.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	r, _, _, err := s.client.GetObject(ctx, s.bucket, s.prefix+key, minio.GetObjectOptions{})
	switch {
	case err == nil:
		return r, nil
	case minio.ToErrorResponse(err).Code == minio.NoSuchKey:
		return nil, fault.Newf(fault.NotFound, "there is no %s", key)
	}
	return nil, fmt.Errorf("read %s: %w", key, err)
}

// Delete implements blob.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return err
	}
	if err := s.client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{}); err != nil {
		return fmt.Errorf("remove %s: %w", key, err)
	}
	return nil
}

func check(ctx context.Context, key string) error {
	if err := blob.CheckKey(key); err != nil {
		return err
	}
	return ctx.Err()
}

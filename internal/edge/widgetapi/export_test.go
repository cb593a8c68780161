package widgetapi

// JWT makes a token as sites do.
func JWT(claims, secret string) string { return jwt(`{"alg":"HS256","typ":"JWT"}`, claims, secret) }

// Zeros is how good a proof is.
func Zeros(proof string) int { return zeros(proof) }

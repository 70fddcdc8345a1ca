using Microsoft.IdentityModel.Tokens;

namespace SaaS.Core.Identity.Sessions;

/// <summary>
/// Shows the ring to the token handler, which asks at each token. The handler takes a failure for a ring without keys, and the token
/// for a bad one: <see cref="SignedTokens.FindKeyAsync"/> goes before it, and throws what keeps the ring from being read.
/// </summary>
internal sealed class SigningKeyConfiguration : BaseConfigurationManager
{
    private readonly SigningKeyRing _ring;
    private readonly Lock _gate = new();
    private Shown? _shown;

    public SigningKeyConfiguration(SigningKeyRing ring)
    {
        _ring = ring;
        UseLastKnownGoodConfiguration = false; // the handler would believe a key that was taken away for another hour
    }

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel)
    {
        var keys = await _ring.AllAsync(cancel);
        lock (_gate)
        {
            // The same object as long as the ring is the same: the handler takes another object for news, and verifies again.
            return _shown is { } shown && ReferenceEquals(shown.Keys, keys) ? shown : _shown = new Shown(keys);
        }
    }

    public override void RequestRefresh()
    {
        // A key that is not in the copy was asked for before the token came here.
    }

    private sealed class Shown : BaseConfiguration
    {
        public Shown(IReadOnlyDictionary<string, RingKey> keys)
        {
            Keys = keys;
            foreach (var key in keys.Values)
            {
                SigningKeys.Add(key.ForAccessTokens);
            }
        }

        public IReadOnlyDictionary<string, RingKey> Keys { get; }
    }
}

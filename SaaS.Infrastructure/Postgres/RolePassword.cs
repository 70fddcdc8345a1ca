namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// The password that a role signs in with. It is changed in two places, in the configuration and in PostgreSQL, and in either order: so
/// the one before it is kept, and is used where PostgreSQL refuses the newer one.
/// </summary>
/// <param name="configured">Reads it from the configuration as it is now.</param>
internal sealed class RolePassword(Func<string> configured)
{
    private readonly Lock _gate = new();
    private string _newest = configured();
    private string? _former;
    private bool _usesFormer;

    /// <summary>The password to sign in with.</summary>
    public string Current
    {
        get
        {
            lock (_gate)
            {
                var now = configured();
                if (now != _newest)
                {
                    (_former, _newest, _usesFormer) = (_usesFormer ? _former : _newest, now, false);
                }

                return _usesFormer ? _former! : _newest;
            }
        }
    }

    /// <summary>PostgreSQL has refused this one: the next sign-in uses the other, if there is one and nobody has changed to it already.</summary>
    public void Refuse(string tried)
    {
        lock (_gate)
        {
            if (Current == tried && _former is not null)
            {
                _usesFormer = !_usesFormer;
            }
        }
    }
}

namespace SaaS.Infrastructure.Postgres;

/// <summary>
/// The password of a role. Configuration and PostgreSQL are changed in either order, so the previous password is kept and used when
/// PostgreSQL rejects the new one.
/// </summary>
/// <param name="configured">Reads the current password from the configuration.</param>
internal sealed class RolePassword(Func<string> configured)
{
    private readonly Lock _gate = new();
    private string _newest = configured();
    private string? _former;
    private bool _usesFormer;

    /// <summary>The password to authenticate with.</summary>
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

    /// <summary>Reports a rejected password: the next attempt uses the other one, if there is one and it is not in use already.</summary>
    public void ReportRejected(string tried)
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

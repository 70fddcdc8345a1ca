namespace SaaS.Entra;

/// <summary>The stand-in as a process of its own, with one directory that is ready for use.</summary>
internal static class Program
{
    private const int DefaultPort = 5080;

    /// <summary>Of <c>ASPNETCORE_URLS</c> only the port counts: it is never reached from another machine.</summary>
    internal static async Task Main()
    {
        var port = Uri.TryCreate(Environment.GetEnvironmentVariable("ASPNETCORE_URLS"), UriKind.Absolute, out var wanted) ? wanted.Port : DefaultPort;
        await using var standIn = await EntraStandIn.StartAsync(port);
        DevelopmentDirectory.AddTo(standIn);
        await standIn.EndAsync();
    }
}

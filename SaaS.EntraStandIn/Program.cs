namespace SaaS.Entra;

/// <summary>Runs the stand-in as its own process, with the development directory.</summary>
internal static class Program
{
    private const int DefaultPort = 5080;

    /// <summary>
    /// Starts the stand-in. Only the port of <c>ASPNETCORE_URLS</c> is used, because the stand-in listens on loopback only.
    /// </summary>
    internal static async Task Main()
    {
        var port = Uri.TryCreate(Environment.GetEnvironmentVariable("ASPNETCORE_URLS"), UriKind.Absolute, out var wanted)
            ? wanted.Port
            : DefaultPort;
        await using var standIn = await EntraStandIn.StartAsync(port);
        DevelopmentDirectory.AddTo(standIn);
        await standIn.WaitForShutdownAsync();
    }
}

using System.Globalization;

namespace SaaS.Entra;

/// <summary>The stand-in as a process of its own, with one directory that is ready for use.</summary>
internal static class Program
{
    private const int DefaultPort = 5080;

    internal static async Task<int> Main(string[] args)
    {
        var port = DefaultPort;
        if (args is not [] && !(args is ["--port", var text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port)))
        {
            await Console.Error.WriteLineAsync("Starts a stand-in for Microsoft Entra ID, for development. The one option is --port N (default: 5080; 0 for any that is free).");
            return 2;
        }

        await using var standIn = await EntraStandIn.StartAsync(port);
        DevelopmentDirectory.AddTo(standIn);
        await Console.Out.WriteLineAsync($"{standIn.Address}stand-in tells what is in it; Ctrl-C stops it");
        await standIn.EndAsync();
        return 0;
    }
}

using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SaaS.AppHost.Embedded;
using Spectre.Console;

if (!StartOptions.TryParse(args, out var options, out var problem))
{
    await Console.Error.WriteLineAsync(problem);
    return 2;
}

if (options.Help)
{
    Console.Out.WriteLine(StartOptions.Usage);
    return 0;
}

// Empty, because the settings in the environment are the hosts' own: a log level that is meant for them must not hide their lines here.
var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
builder.Services
    .AddSingleton<ILoggerProvider, ConsoleLines>()
    .AddSingleton(options)
    .AddSingleton(TimeProvider.System)
    .AddSingleton(AnsiConsole.Console)
    .AddSingleton<EmbeddedHost>();
using var host = builder.Build();
await host.StartAsync();

using var hurry = new CancellationTokenSource();
var interrupts = 0;
using var secondInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ =>
{
    if (Interlocked.Increment(ref interrupts) == 2)
    {
        hurry.Cancel();
    }
});

var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
try
{
    await host.Services.GetRequiredService<EmbeddedHost>().RunAsync(stopping, hurry.Token);
    return 0;
}
catch (Exception) when (stopping.IsCancellationRequested)
{
    return 0; // a start that was interrupted: whatever it complained of is its own interruption
}
catch (Exception failure) when (failure is EngineException or IOException or UnauthorizedAccessException)
{
    await Console.Error.WriteLineAsync(failure.Message);
    return 1;
}

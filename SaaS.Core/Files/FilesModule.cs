using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Files;

/// <summary>The bytes: received without being held in memory, kept once per content and tenant.</summary>
internal static class FilesModule
{
    public static void AddFiles(this IServiceCollection services)
    {
        services.AddOptions<UploadOptions>().BindConfiguration("Uploads", binder => binder.ErrorOnUnknownConfiguration = true).ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<FileStore>();
    }
}
